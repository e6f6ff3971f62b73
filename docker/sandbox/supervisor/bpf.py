"""Assembles the filter for system calls and hands it to the kernel. It binds this process and all that it forks, for good."""
import ctypes
import platform
import struct

from . import system_calls

_ARCHITECTURES = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}  # column of the numbers, the kernel's name for it

_LOAD, _RETURN = 0x20, 0x06
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in what the kernel shows to a filter
_FIRST_ARGUMENT, _SECOND_ARGUMENT = 16, 24  # their lower halves: the calls looked at take no more

_X32_BIT = 0x4000_0000
_ACTIONS = {"kill": 0x8000_0000, "allow": 0x7FFF_0000, "deny": 0x0005_0001, "missing": 0x0005_0026}  # EPERM, ENOSYS

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_MODE_FILTER = 2


def install_filter():
    """False where the kernel doesn't take one."""
    if platform.machine() not in _ARCHITECTURES:
        return False
    code = assemble(_program(*_ARCHITECTURES[platform.machine()]))
    instructions = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(instructions)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    unused = ctypes.c_long(0)
    if prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_long(1), unused, unused, unused) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    return prctl(_PR_SET_SECCOMP, ctypes.c_long(_MODE_FILTER), ctypes.c_void_p(ctypes.addressof(program)), unused, unused) == 0


def assemble(program):
    """The program is a list of labels and of (operation, value, label if so, label if not); without a label it goes on below."""
    places, instructions = {}, []
    for line in program:
        if isinstance(line, str):
            places[line] = len(instructions)
        else:
            instructions.append(line)
    code = b""
    for place, (operation, value, *labels) in enumerate(instructions):
        jumps = [places[label] - place - 1 if label else 0 for label in (*labels, None, None)[:2]]
        code += struct.pack("=HBBI", operation, *jumps, value)
    return code


def _program(column, architecture):
    def number(call):
        return call[column]

    def only_if(call, offset, operation, values, found, otherwise):
        """For one call: where its argument compares so with any of the values, where not."""
        after = f"after {number(call)}"
        yield _IF_EQUAL, number(call), None, after
        yield _LOAD, offset
        yield from ((operation, value, found) for value in values)
        yield _IF_AT_LEAST, 0, otherwise  # always
        yield after

    def unless_supervisor(call):
        """For a call on processes of several kinds: on one, and another one than PID 1."""
        after = f"after {number(call)}"
        return [
            (_IF_EQUAL, number(call), None, after),
            (_LOAD, _FIRST_ARGUMENT),
            (_IF_EQUAL, call[2], None, "deny"),
            (_LOAD, _SECOND_ARGUMENT),
            (_IF_EQUAL, system_calls.SUPERVISOR, "deny"),
            (_IF_AT_LEAST, 0, "allow"),  # always
            after,
        ]

    return [
        (_LOAD, _ARCHITECTURE),
        (_IF_EQUAL, architecture, None, "kill"),
        (_LOAD, _NUMBER),
        *([(_IF_AT_LEAST, _X32_BIT, "deny")] if platform.machine() == "x86_64" else []),
        *((_IF_EQUAL, number(call), "deny") for call in system_calls.DENIED.values() if number(call) is not None),
        (_IF_EQUAL, number(system_calls.CLONE3), "missing"),  # its flags are out of a filter's sight; the C library then uses clone
        *only_if(system_calls.CLONE, _FIRST_ARGUMENT, _IF_ANY_BIT, [system_calls.NAMESPACE_FLAGS], "deny", "allow"),
        *only_if(system_calls.SOCKET, _FIRST_ARGUMENT, _IF_EQUAL, system_calls.FAMILIES, "allow", "deny"),
        *only_if(system_calls.SOCKETPAIR, _FIRST_ARGUMENT, _IF_EQUAL, system_calls.FAMILIES, "allow", "deny"),
        *only_if(system_calls.PERSONALITY, _FIRST_ARGUMENT, _IF_EQUAL, system_calls.PERSONALITIES, "allow", "deny"),
        *only_if(system_calls.IOCTL, _SECOND_ARGUMENT, _IF_EQUAL, system_calls.TERMINAL_INPUT, "deny", "allow"),
        *(
            line
            for call in system_calls.OF_A_PROCESS.values()
            for line in only_if(call, _FIRST_ARGUMENT, _IF_EQUAL, [system_calls.SUPERVISOR], "deny", "allow")
        ),
        *(line for call in system_calls.OF_PROCESSES.values() for line in unless_supervisor(call)),
        *(line for name in ("allow", "deny", "missing", "kill") for line in (name, (_RETURN, _ACTIONS[name]))),
    ]
