"""A reason why a checkpoint can't be read, as a sentence for people."""


class CheckpointError(Exception):
    pass
