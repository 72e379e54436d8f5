"""What the person at the terminal sees: progress with elapsed time, and failures in one sentence."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager


class Failure(Exception):
    """Ends the command; the message says in one sentence what to do."""


def say(text=""):
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text):
    """Announce a long step, and tell how long it took."""
    started = time.monotonic()
    say(f"· {text} …")
    yield
    say(f"  done after {time.monotonic() - started:.0f} s")


def run(command, **options):
    """Run a command quietly; show what it printed when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        **options,
    )
    if done.returncode:
        say("\n".join(done.stdout.splitlines()[-40:]))
        raise Failure(f"The command failed: {' '.join(str(part) for part in command)}")
    return done.stdout


def attend(process):
    """Wait for a child process in the foreground and return its status; on an interrupt, see that it ends.

    Ctrl-C in a terminal reaches the child too, so it first gets the time to end by itself.
    """
    try:
        return process.wait()
    except KeyboardInterrupt:
        for stop, patience in ((None, 3), (process.terminate, 10), (process.kill, None)):
            if stop:
                stop()
            try:
                process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        raise


def main(function, *arguments):
    """Run a command of dev/: exit statuses, Ctrl-C and termination in one place."""

    def interrupt(*_signal):
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        status = function(*arguments)
    except Failure as failure:
        say(f"Error: {failure}")
        status = 1
    except subprocess.CalledProcessError as error:
        say(f"{error.stdout or ''}Error: {error}")
        status = 1
    except KeyboardInterrupt:
        say("Interrupted.")
        status = 130
    sys.exit(status)
