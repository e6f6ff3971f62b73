"""Output of one call, bounded at the source: the head goes to the host at once, of the rest the tail is kept."""
from collections import deque
import os
import struct

from . import frames
from .private import PrivateBuffer

FLOOD_LIMIT = 64 * 2**20  # written in all; beyond it the call is killed
MAX_SEGMENTS = 4096  # bounds our memory against streams that alternate byte by byte

_GAP = struct.Struct(">BQ")
_scratch = PrivateBuffer(frames.CHUNK)


class Capture:
    def __init__(self, call_id, kept_bytes):
        self._call_id = call_id
        head = kept_bytes // 2
        self._head_left = {frames.STDOUT: head, frames.STDERR: head}
        self._tails = {stream: _Ring.of(stream, kept_bytes - head) for stream in (frames.STDOUT, frames.STDERR)}
        self._order = deque()  # [stream, bytes]: in which order the tails were written
        self.dropped = {frames.STDOUT: 0, frames.STDERR: 0}
        self.written = 0

    @property
    def is_flood(self):
        return self.written > FLOOD_LIMIT

    def read(self, stream, descriptor, limit=frames.CHUNK):
        """Takes what a pipe holds, at most a chunk; returns how much that was. BlockingIOError when there is nothing yet."""
        size = os.readv(descriptor, [_scratch.view[: min(limit, frames.CHUNK)]])
        self._add(stream, _scratch.view[:size])
        return size

    def finish(self):
        """Sends the tails, each after a GAP frame that says how much is missing before it."""
        announced = set()
        for stream, size in self._order:
            if size and self.dropped[stream] and stream not in announced:
                announced.add(stream)
                frames.send(frames.GAP, self._call_id, _GAP.pack(stream, self.dropped[stream]))
            for part in self._tails[stream].take(size):
                frames.send(stream, self._call_id, part)
        self._order.clear()

    def _add(self, stream, data):
        self.written += len(data)
        head = data[: self._head_left[stream]]
        if head:
            self._head_left[stream] -= len(head)
            frames.send(stream, self._call_id, head)
        rest = data[len(head) :]
        if rest:
            self._keep(stream, rest)

    def _keep(self, stream, data):
        tail = self._tails[stream]
        # What doesn't fit makes room first: the oldest of the stream, then the beginning of the new.
        self._drop(stream, min(tail.size, max(0, tail.size + len(data) - len(tail))))
        surplus = max(0, len(data) - len(tail))
        self.dropped[stream] += surplus
        tail.append(data[surplus:])
        if self._order and self._order[-1][0] == stream:
            self._order[-1][1] += len(data) - surplus
        else:
            self._order.append([stream, len(data) - surplus])
        while len(self._order) > MAX_SEGMENTS:
            self._drop(*self._order[0])

    def _drop(self, stream, size):
        self._tails[stream].skip(size)
        self.dropped[stream] += size
        for segment in self._order:
            if size == 0:
                break
            if segment[0] == stream:
                taken = min(segment[1], size)
                segment[1] -= taken
                size -= taken
        while self._order and self._order[0][1] == 0:
            self._order.popleft()


def discard(descriptor):
    """Takes what a pipe holds and drops it; returns how much that was."""
    return os.readv(descriptor, [_scratch.view])


class _Ring:
    """The last bytes of a stream. One for each stream is enough: only one call runs at a time."""

    _rings = {}

    @classmethod
    def of(cls, stream, capacity):
        ring = cls._rings.get(stream)
        if ring is None or len(ring) != capacity:
            ring = cls._rings[stream] = cls(capacity)
        ring._start = ring.size = 0
        return ring

    def __init__(self, capacity):
        self._buffer = PrivateBuffer(max(1, capacity))
        self._capacity = capacity
        self._start = 0
        self.size = 0

    def __len__(self):
        return self._capacity

    def append(self, data):
        """Data must fit."""
        for part in self._parts(self._start + self.size, len(data)):
            part[:] = data[: len(part)]
            data = data[len(part) :]
            self.size += len(part)

    def skip(self, size):
        self._start = (self._start + size) % max(1, self._capacity)
        self.size -= size

    def take(self, size):
        yield from self._parts(self._start, size)
        self.skip(size)

    def _parts(self, position, size):
        """The one or two stretches of the buffer from a position on."""
        if size == 0:
            return
        position %= self._capacity
        first = min(size, self._capacity - position)
        yield self._buffer.view[position : position + first]
        if size > first:
            yield self._buffer.view[: size - first]
