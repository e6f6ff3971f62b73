"""The protocol with the host: `[u32 length][u8 type][u32 call id][payload]`, big-endian.

Only PID 1 holds the host's stream. What user code writes travels as payload inside frames
made here, so that no byte of it can be taken for a frame.
"""
import os
import struct

from .private import PrivateBuffer

HEADER = struct.Struct(">IBI")
MAX_PAYLOAD = 16 * 2**20
CHUNK = 64 * 2**10

# From the host.
PING, EXECUTE, CANCEL, WIPE, PUT_FILE, GET_FILE, LIST_FILES, DELETE_FILE, REVOKE = range(0x01, 0x0A)
# To the host.
HELLO, PONG, STDOUT, STDERR, GAP, REPORT, RESULT, WIPED, FILE_CHUNK, FILE_DONE, REVOKED = range(0x81, 0x8C)

# Payload of EXECUTE: these numbers, then a JSON body that only the worker reads.
EXECUTE_HEAD = struct.Struct(">IIIIII")  # cell number, timeout ms, grace ms, output bytes kept of each stream, memory MiB (0: all), flags
CHECKPOINT_BITS = 3  # off, auto, always: see checkpoint.py
SCRIPT_BIT = 4
CROWDED_BIT = 8  # others wait for the CPU
REVOCABLE_BIT = 16  # to be run only where it can be taken back

# Payload of REVOKED, one byte.
LOST, TAKEN_BACK, NOTHING_TO_TAKE_BACK = b"\0", b"\1", b"\2"


class FrameReader:
    """Cuts what the host sends into frames, wherever it was split."""

    def __init__(self):
        self._buffer = PrivateBuffer(HEADER.size + MAX_PAYLOAD + CHUNK)
        self._end = 0

    def receive(self, descriptor):
        """Reads once. False at the end of the stream."""
        size = os.readv(descriptor, [self._buffer.view[self._end : self._end + CHUNK]])
        self._end += size
        return size > 0

    def frames(self):
        """The complete frames as (type, call id, payload); a payload is valid until the next one is asked for."""
        view, start = self._buffer.view, 0
        while self._end - start >= HEADER.size:
            length, kind, call_id = HEADER.unpack_from(view, start)
            if length > MAX_PAYLOAD:
                raise ValueError(f"frame of {length} bytes")
            end = start + HEADER.size + length
            if self._end < end:
                break
            yield kind, call_id, view[start + HEADER.size : end]
            start = end
        self._end -= start
        view[: self._end] = view[start : start + self._end]


_outbox = PrivateBuffer(256 * 2**10)
_queued = 0
_output = 1


def use(descriptor):
    """Where frames go from now on."""
    global _output
    _output = descriptor


def send(kind, call_id, payload=b""):
    """Queues a frame. What belongs together leaves together: one write is one wake-up of everyone on the way to the host."""
    global _queued
    if _queued + HEADER.size + len(payload) > len(_outbox):
        flush()
    HEADER.pack_into(_outbox.view, _queued, len(payload), kind, call_id)
    _queued += HEADER.size
    if _queued + len(payload) > len(_outbox):
        flush()
        write_all(_output, payload)
        return
    _outbox.view[_queued : _queued + len(payload)] = payload
    _queued += len(payload)


def flush():
    """Blocks until the host has taken all: a host that does not read gets no output piled up for it."""
    global _queued
    write_all(_output, _outbox.view[:_queued])
    _queued = 0


def write_all(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
