"""Run while the image is built: writes down what can be imported, for the system prompt's sake."""
import importlib.metadata
import json

packages = {distribution.metadata["Name"]: distribution.version for distribution in importlib.metadata.distributions()}
print(json.dumps([{"name": name, "version": packages[name]} for name in sorted(packages, key=str.lower)]))
