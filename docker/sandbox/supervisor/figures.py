"""What a cell has drawn, as PNG images: bounded in number, pixels, bytes and time. What doesn't fit is said on stderr.

Runs in the process of the user's code. Nothing here imports a drawing library: a program that uses none pays nothing.
"""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

import binascii
import io
import math
import struct
import sys
import time
import types

MAX_IMAGES = 8
MAX_PIXELS = 16 * 10**6
MAX_SIDE = 2**15
MAX_IMAGE_BYTES = 2**20
MAX_TOTAL_BYTES = 4 * 2**20
MAX_SECONDS = 5.0  # no further image is begun after this long; the call's own limit bounds a single one

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HOOK = "interleave_figures"  # where the backend looks for us (see interleave_inline.py)
_ATTEMPTS = 4
_SAFE_PIXELS = 10**6  # of noise this takes a few MiB

_gallery = None


def begin():
    """A notebook cell starts: from here on `plt.show()` hands figures over."""
    global _gallery
    _gallery = _Gallery()
    sys.modules[_HOOK] = types.ModuleType(_HOOK)
    sys.modules[_HOOK].show = _gallery.take_open_figures


def finish(value):
    """[{width, height, data}] of the figures shown, those still open, which are closed, and the cell's value if that is a picture."""
    global _gallery
    gallery, _gallery = _gallery, None
    sys.modules.pop(_HOOK, None)
    try:
        gallery.take_open_figures()
        gallery.take_value(value)
    except KeyboardInterrupt:
        gallery.note("drawing was interrupted")
    gallery.report_notes()
    return gallery.images


class _Gallery:
    def __init__(self):
        self.images = []
        self._seen = []  # figures: kept until the end of the cell, so that an id means one object
        self._bytes = 0
        self._seconds = 0.0
        self._notes = []
        self._left_out = 0

    def take_open_figures(self, *_arguments, **_options):
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        if helpers is None:
            return
        try:
            for manager in sorted(helpers.Gcf.get_all_fig_managers(), key=lambda manager: manager.num):
                self._take_figure(manager.canvas.figure, f"figure {manager.num}")
        except Exception as error:
            self.note(f"the figures can't be shown: {_say(error)}")
        finally:
            _close_figures(helpers)

    def take_value(self, value):
        if value is None:
            return
        if _is_instance(value, "matplotlib.figure", "Figure"):
            self._take_figure(value, "the figure")
        elif _is_instance(value, "PIL.Image", "Image"):
            self._take("the image", value.size, _image_writer(value))
        elif callable(getattr(type(value), "_repr_png_", None)):
            self._take("the value", (1, 1), lambda stream, _scale: stream.write(_own_png(value)))

    def note(self, text):
        self._notes.append(text)

    def report_notes(self):
        if self._left_out:
            self.note(f"{self._left_out} more figures: at most {MAX_IMAGES} are shown, {MAX_TOTAL_BYTES >> 20} MiB in all, drawn in "
                      f"{MAX_SECONDS:.0f} seconds")  # fmt: skip
        try:
            for text in self._notes[: 2 * MAX_IMAGES]:
                print(f"[not shown: {text}]", file=sys.__stderr__)
        except Exception:
            return  # user code has closed it

    def _take_figure(self, figure, name):
        if any(figure is seen for seen in self._seen) or not _is_drawn_on(figure):
            return
        self._seen.append(figure)
        width, height = figure.get_size_inches()
        self._take(name, (width * figure.dpi, height * figure.dpi), _figure_writer(figure))

    def _take(self, name, size, write):
        """`write(stream, scale)` writes the picture, as large as it is or smaller."""
        limit = min(MAX_IMAGE_BYTES, MAX_TOTAL_BYTES - self._bytes)
        if len(self.images) == MAX_IMAGES or self._seconds > MAX_SECONDS or limit < MAX_IMAGE_BYTES // 8:
            self._left_out += 1
            return
        started = time.monotonic()
        try:
            data = _draw(size, write, limit)
            width, height = _size_of(data)
            self.images.append({"width": width, "height": height, "data": binascii.b2a_base64(data, newline=False).decode("ascii")})
            self._bytes += len(data)
        except Exception as error:
            self.note(f"{name}: {_say(error)}")
        finally:
            self._seconds += time.monotonic() - started


class _TooManyBytes(Exception):
    pass


class _BoundedStream(io.BytesIO):
    def __init__(self, limit):
        super().__init__()
        self._limit = limit

    def write(self, data):
        if self.tell() + len(data) > self._limit:
            raise _TooManyBytes
        return super().write(data)


def _draw(size, write, limit):
    """Smaller than it is when it has too many pixels, and smaller again while it has too many bytes."""
    width, height = (float(side) for side in size)
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise ValueError(f"it is {width:g} × {height:g} pixels")
    scale = min(1.0, math.sqrt(MAX_PIXELS / (width * height)), MAX_SIDE / max(width, height))
    for _ in range(_ATTEMPTS):
        stream = _BoundedStream(limit)
        try:
            write(stream, scale)
            return stream.getvalue()
        except _TooManyBytes:
            scale = min(scale / 2, math.sqrt(_SAFE_PIXELS / (width * height)))
    raise ValueError(f"it takes more than {limit} bytes as a PNG")


def _figure_writer(figure):
    def write(stream, scale):
        matplotlib = sys.modules["matplotlib"]
        # Without `bbox="tight"`: one text far outside would make the image as large as that.
        with matplotlib.rc_context({"savefig.bbox": None}):
            try:
                figure.savefig(stream, format="png", dpi=figure.dpi * scale)
            finally:
                figure.canvas.renderer = figure.canvas._lastKey = None  # it keeps all pixels for a next time

    return write


def _image_writer(image):
    def write(stream, scale):
        picture = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16") else image.convert("RGB")
        if scale < 1:
            picture = picture.resize([max(1, int(side * scale)) for side in picture.size], resample=0)  # the quickest
        picture.save(stream, format="png")

    return write


def _own_png(value):
    data = type(value)._repr_png_(value)
    data = data[0] if isinstance(data, tuple) else data
    if not isinstance(data, bytes):
        raise ValueError("_repr_png_() has returned no bytes")
    width, height = _size_of(data)
    if width * height > MAX_PIXELS:
        raise ValueError(f"it is {width} × {height} pixels")
    return data


def _size_of(data):
    if data[:8] != _SIGNATURE or len(data) < 24:
        raise ValueError("it is no PNG")
    return struct.unpack_from(">II", data, 16)


def _is_drawn_on(figure):
    return bool(figure.axes or figure.lines or figure.texts or figure.images or figure.patches or figure.artists)


def _close_figures(helpers):
    try:
        helpers.Gcf.destroy_all()
    except Exception:
        helpers.Gcf.figs.clear()


def _is_instance(value, module, name):
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def _say(error):
    try:
        return f"{type(error).__name__}: {error}"[:200]
    except Exception:
        return type(error).__name__
