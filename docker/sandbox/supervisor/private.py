"""Memory that a forked session does not inherit.

PID 1 forks every session, and a child starts with a copy of its parent's memory, freed parts included. So what users send, print and
get back lives only in the buffers made here, never in Python objects of PID 1: the next session would find it on its heap.
"""
import mmap

_buffers = []


class PrivateBuffer:
    def __init__(self, size):
        self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._map.madvise(mmap.MADV_DONTFORK)
        self.view = memoryview(self._map)
        _buffers.append(self)

    def __len__(self):
        return len(self.view)

    def find(self, part, end):
        return self._map.find(part, 0, end)

    def rfind(self, part, end):
        return self._map.rfind(part, 0, end)

    def forget(self):
        """Gives the pages back; they read as zeros afterwards."""
        self._map.madvise(mmap.MADV_DONTNEED)


def forget_everything():
    for buffer in _buffers:
        buffer.forget()
