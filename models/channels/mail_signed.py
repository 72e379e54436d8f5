"""Mails that are signed as a whole (S/MIME): what was signed is read without asking who has signed it.

Of the structure, which may be BER with lengths that only its end tells, nothing is read but the way to the content
(RFC 5652: ``ContentInfo`` → ``SignedData`` → ``EncapsulatedContentInfo``).
"""

SIGNED_DATA = b'\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02'
OBJECT, INTEGER, SEQUENCE, SET, CONTENT = 0x06, 0x02, 0x30, 0x31, 0xa0
OCTETS, OCTETS_IN_PIECES = 0x04, 0x24
END = b'\x00\x00'

MAX_DEPTH = 16
# So many pieces, of any size, may make a content.
MAX_PIECES = 200_000


class SignedError(ValueError):
    """The bytes are no signed data."""


def unpack(content):
    """:return: the bytes that were signed, None where these are no signed data, or the content is kept elsewhere"""
    try:
        return _Reader(content).read_content()
    except (SignedError, IndexError):
        return None


class _Reader:

    def __init__(self, content):
        self.content = content
        self.pieces = []

    def read_content(self):
        position = self.enter(0, SEQUENCE)
        start, end = self.find(position, OBJECT)
        if self.content[start:end] != SIGNED_DATA:
            raise SignedError("another kind of envelope")
        position = self.enter(self.enter(end, CONTENT), SEQUENCE)
        _start, position = self.find(position, INTEGER)
        position = self.skip(position, SET)
        position = self.enter(position, SEQUENCE)
        _start, position = self.find(position, OBJECT)
        self.collect(self.enter(position, CONTENT), 0)
        return b''.join(self.content[start:end] for start, end in self.pieces)

    def head(self, position):
        """:return: triple (tag, beginning, end of what an element holds); no end where only its end tells it"""
        tag, length = self.content[position], self.content[position + 1]
        position += 2
        if length == 0x80:
            return tag, position, None
        if length > 0x80:
            count = length & 0x7f
            if count > 8:
                raise SignedError("a length beyond all")
            length = int.from_bytes(self.content[position:position + count], 'big')
            position += count
        if position + length > len(self.content):
            raise SignedError("cut off")
        return tag, position, position + length

    def enter(self, position, tag):
        """:return: where what the element of this tag holds begins"""
        found, start, _end = self.head(position)
        if found != tag:
            raise SignedError("another element")
        return start

    def find(self, position, tag):
        """:return: beginning and end of what an element holds that has nothing inside"""
        found, start, end = self.head(position)
        if found != tag or end is None:
            raise SignedError("another element")
        return start, end

    def skip(self, position, tag=None, depth=0):
        """:return: where the next element begins"""
        found, position, end = self.head(position)
        if tag and found != tag or depth > MAX_DEPTH:
            raise SignedError("another element")
        if end is None:
            while self.content[position:position + 2] != END:
                position = self.skip(position, depth=depth + 1)
            end = position + 2
        return end

    def collect(self, position, depth):
        """Add the pieces of a content, which may consist of pieces.

        :return: where the next element begins
        """
        tag, position, end = self.head(position)
        if len(self.pieces) >= MAX_PIECES or depth > MAX_DEPTH:
            raise SignedError("too many pieces")
        if tag == OCTETS and end is not None:
            self.pieces.append((position, end))
            return end
        if tag != OCTETS_IN_PIECES:
            raise SignedError("another element")
        while position < end if end is not None else self.content[position:position + 2] != END:
            position = self.collect(position, depth + 1)
        return position if end is not None else position + 2
