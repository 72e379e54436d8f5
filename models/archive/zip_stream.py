"""A ZIP file that is sent while it is made: neither memory nor disk holds it whole."""
import io
import zipfile

CHUNK_SIZE = 1 << 20


class _Pipe(io.RawIOBase):
    """The end of a pipe that a ZIP file is written into; what is in it is taken out piece by piece."""

    def __init__(self):
        super().__init__()
        self.pieces = []

    def writable(self):
        return True

    def write(self, data):  # pylint: disable=method-required-super
        self.pieces.append(bytes(data))
        return len(data)

    def take(self):
        data, self.pieces = b''.join(self.pieces), []
        return data


def stream_zip(entries):
    """
    :param entries: pairs of a name and either bytes or the path of a file
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
    with open(source, 'rb') as stream, archive.open(name, 'w', force_zip64=True) as target:
        while data := stream.read(CHUNK_SIZE):
            target.write(data)
            yield True
