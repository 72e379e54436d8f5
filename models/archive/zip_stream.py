"""A ZIP file that is sent while it is made: neither memory nor disk holds it whole."""
import zipfile

CHUNK_SIZE = 1 << 20


class _Pipe:
    """The end of a pipe that a ZIP file is written into; what is in it is taken out piece by piece."""

    def __init__(self):
        self.pieces = []

    def write(self, data):
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self):
        """Nothing to do: the pieces are taken by :meth:`take`."""

    def take(self):
        data, self.pieces = b''.join(self.pieces), []
        return data


def stream_zip(entries):
    """
    :param entries: pairs of a name and either bytes or the path of a file; a file that is not there is left out
    :return: generator of bytes
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, source in entries:
            for chunk in _write_entry(archive, name, source):
                if chunk:
                    yield pipe.take()
    yield pipe.take()


def _write_entry(archive, name, source):
    """Write one entry; yields whenever something may be taken out of the pipe."""
    if isinstance(source, bytes):
        archive.writestr(name, source)
        yield True
        return
    try:
        stream = open(source, 'rb')
    except OSError:
        return
    with stream, archive.open(name, 'w', force_zip64=True) as target:
        while data := stream.read(CHUNK_SIZE):
            target.write(data)
            yield True
