"""What every session has in memory from its first call on: imported once, shared by fork."""
import importlib
import json
import os
import sys

_STANDARD_LIBRARY = (
    "abc argparse array ast asyncio base64 bisect calendar cmath collections collections.abc concurrent.futures contextlib copy csv dataclasses "
    "datetime decimal difflib enum fractions functools glob hashlib heapq inspect io itertools json logging math "
    "numbers operator pathlib pickle pprint queue random re secrets shutil statistics string struct subprocess tempfile textwrap "
    "threading time timeit types typing unicodedata uuid warnings zlib"
).split()
_SCIENTIFIC = ("gmpy2", "numpy", "numpy.linalg", "numpy.random", "numpy.fft", "numpy.polynomial", "mpmath", "sympy")

_PACKAGE_LIST = "/opt/interleave/packages.json"


def preload():
    """Imports the hot set and returns the packages of the image as [{name, version}]."""
    for name in (*_STANDARD_LIBRARY, *_SCIENTIFIC):
        importlib.import_module(name)
    threads = len(os.listdir("/proc/1/task"))
    if threads != 1:
        raise RuntimeError(f"{threads} threads after the imports: forking is not safe")
    with open(_PACKAGE_LIST) as file:
        return json.load(file)


def reseed():
    """Generators of random numbers are part of the memory that is shared: without this every session would draw the same ones.
    (That of `random` seeds itself in every child that is forked the usual way.)"""
    if "numpy.random" in sys.modules:
        # A number it takes as it is. Left to itself it gathers entropy in Python, which touches a hundred pages.
        sys.modules["numpy.random"].seed(int.from_bytes(os.urandom(4), "big"))
    if "sympy.core.random" in sys.modules:
        sys.modules["sympy.core.random"].seed()
