"""The protocol with the host: `[u32 length][u8 type][u32 call id][payload]`, big-endian.

Only PID 1 holds the host's stream. What user code writes travels as payload inside frames
made here, so that no byte of it can be taken for a frame.
"""
import os
import struct

HEADER = struct.Struct(">IBI")
MAX_PAYLOAD = 16 * 2**20

# From the host.
PING, EXECUTE, CANCEL, WIPE = 0x01, 0x02, 0x03, 0x04
# To the host.
HELLO, PONG, STDOUT, STDERR, GAP, REPORT, RESULT, WIPED = 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88

# Payload of EXECUTE: these numbers, then a JSON body that only the worker reads.
EXECUTE_HEAD = struct.Struct(">IIII")  # cell number, timeout ms, grace ms, output bytes kept of each stream


class FrameReader:
    """Cuts a byte stream into frames, wherever it was split."""

    def __init__(self):
        self._buffer = bytearray()

    def feed(self, data):
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            length, kind, call_id = HEADER.unpack_from(self._buffer)
            if length > MAX_PAYLOAD:
                raise ValueError(f"frame of {length} bytes")
            end = HEADER.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[HEADER.size:end])
            del self._buffer[:end]
            yield kind, call_id, payload


_OUTBOX_LIMIT = 256 * 2**10
_outbox = bytearray()


def send(kind, call_id, payload=b""):
    """Queues a frame. What belongs together leaves together: one write is one wake-up of everyone on the way to the host."""
    _outbox.extend(HEADER.pack(len(payload), kind, call_id))
    _outbox.extend(payload)
    if len(_outbox) > _OUTBOX_LIMIT:
        flush()


def flush():
    """Blocks until the host has taken all: a host that does not read gets no output piled up for it."""
    sent = 0
    with memoryview(_outbox) as view:
        while sent < len(view):
            sent += os.write(1, view[sent:])
    _outbox.clear()
