"""A line past the engine: a socket on which the host may take up the conversation, where it otherwise goes through the engine's copies
of stdin and stdout.

The socket has no name for anyone to find: it is bound, and its file removed before a program ever runs. The host reaches what is left, a
descriptor of PID 1, through its own /proc, which takes root on the engine's machine. Offered until the host has said its first word, one way
or the other; so no session ever lives beside an open door.
"""
import os
import socket

_PATH = "/tmp/.line"
_PATIENCE_SECONDS = 2.0


class Line:
    """Offered to the host. To be made before anything looks at what is in /tmp."""

    def __init__(self):
        self.token = os.urandom(16).hex()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(_PATH)
        # The file itself, for a connection needs one; it lives on in this descriptor.
        self.file = os.open(_PATH, os.O_PATH | os.O_CLOEXEC)
        os.unlink(_PATH)
        self._listener.listen(1)

    def fileno(self):
        return self._listener.fileno()

    def take(self):
        """The descriptor of a connection whose other end knows the token, or None. The offer ends either way."""
        try:
            connection, _ = self._listener.accept()
            connection.settimeout(_PATIENCE_SECONDS)
            said = connection.recv(len(self.token), socket.MSG_WAITALL)
            if said != self.token.encode():
                connection.close()
                return None
            connection.sendall(said)
            connection.setblocking(True)
            return connection.detach()
        except OSError:
            return None  # whoever it was has left
        finally:
            self.close()

    def close(self):
        self._listener.close()
        os.close(self.file)
