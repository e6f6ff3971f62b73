"""Run while the image is built: writes down what can be imported, for the system prompt's sake."""
import importlib
import importlib.metadata
import json
import re

_WITHOUT_METADATA = {"z3-solver": "z3"}  # Debian's packages of these say nothing of themselves
_UNKNOWN_VERSION = "0.0.0"


def describe(distribution):
    """{name, version} and what to import, where that is not the name in small letters with _ for -."""
    name = distribution.metadata["Name"]
    modules = [module for module in (distribution.read_text("top_level.txt") or "").split() if not module.startswith("_")]
    # Of several, the one that is most like the name: python-dateutil brings dateutil, PyYAML brings yaml, pytest brings py as well.
    module = max(modules, key=lambda module: len(module) * (plain(module) in plain(name)), default=name)
    package = {"name": name, "version": distribution.version}
    if package["version"] == _UNKNOWN_VERSION:
        package["version"] = version_of(module)
    if module != name.lower().replace("-", "_"):
        package["import"] = module
    return package


def plain(name):
    return re.sub("[-_.]", "", name).lower()


def version_of(module):
    return str(getattr(importlib.import_module(module), "__version__", _UNKNOWN_VERSION))


def without_metadata():
    for name, module in _WITHOUT_METADATA.items():
        try:
            found = importlib.import_module(module)
        except ImportError:
            continue  # not in this tier
        yield {"name": name, "version": found.get_version_string(), "import": module}


packages = {package["name"]: package for package in map(describe, importlib.metadata.distributions())}
packages.update((package["name"], package) for package in without_metadata())
print(json.dumps([packages[name] for name in sorted(packages, key=str.lower)]))
