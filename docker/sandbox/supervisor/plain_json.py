"""JSON between PID 1 and the session, by what user code can't take away: the library's own functions need its builtins."""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

from json import JSONDecoder
from json.encoder import encode_basestring_ascii as _encode_text

_scan = JSONDecoder().scan_once


def loads(data):
    return _scan(data.decode("utf-8", "surrogatepass"), 0)[0]


def dumps(value):
    """Of None, text, whole numbers, and lists and dicts of these."""
    if value is None:
        return "null"
    if type(value) is str:
        return _encode_text(value)
    if type(value) is int:
        return str(value)
    if type(value) is list:
        return "[" + ",".join(map(dumps, value)) + "]"
    return "{" + ",".join(f"{_encode_text(name)}:{dumps(item)}" for name, item in value.items()) + "}"
