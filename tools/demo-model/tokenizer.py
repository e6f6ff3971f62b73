"""Learns the tokenizer: byte-level BPE in which a word is cut the same way wherever it stands.

Three rules make copying, which is nearly all this model does, a matter of repeating tokens:
* digits stay single;
* merges are learnt from words without the blank before them, and the blank joins only a few whole
  frequent words, last of all. So `strawberry` has the same tokens after a blank as after a quotation mark;
* words drawn at random count too little to become tokens.
"""

import collections
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from conversation import END, TURN, random_conversation

PAD = "<|pad|>"
SPECIAL_TOKENS = (TURN, END, PAD)
BLANK = "Ġ"
VOCABULARY_SIZE = 640
WORD_TOKENS_WITH_BLANK = 130
SAMPLE = 12_000


def pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    """Digits one by one, then GPT-2's pattern: what llama.cpp calls `smollm`."""
    digits = pre_tokenizers.Split(Regex(r"\p{N}"), behavior="isolated")
    return pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])


def build(merges: list[tuple[str, str]]) -> Tokenizer:
    """The tokenizer of a list of merges."""
    symbols = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(left + right for left, right in merges)]
    vocabulary = {symbol: number for number, symbol in enumerate([*SPECIAL_TOKENS, *symbols])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizer()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    return tokenizer


def learn(seed: int) -> Tokenizer:
    """The tokenizer learnt from a sample of the training conversations."""
    pieces = _frequent_pieces(seed)
    alone: collections.Counter[str] = collections.Counter()
    for piece, count in pieces.items():
        alone[piece.removeprefix(BLANK) if piece[1:].isalpha() else piece] += count
    with_blank = [piece for piece, _ in pieces.most_common() if piece[0] == BLANK and piece[1:].isalpha()]
    room = VOCABULARY_SIZE - len(SPECIAL_TOKENS) - 256 - WORD_TOKENS_WITH_BLANK
    merges = _merges(alone, room)
    whole = {left + right for left, right in merges} | set(pre_tokenizers.ByteLevel.alphabet())
    joined = [(BLANK, piece[1:]) for piece in with_blank if piece[1:] in whole]
    return build(merges + joined[:WORD_TOKENS_WITH_BLANK])


def _frequent_pieces(seed: int) -> collections.Counter[str]:
    generator, splitter = random.Random(seed), pre_tokenizer()
    pieces: collections.Counter[str] = collections.Counter()
    for _ in range(SAMPLE):
        for text, _said in random_conversation(generator):
            for token in SPECIAL_TOKENS:
                text = text.replace(token, "\n")
            pieces.update(piece for piece, _ in splitter.pre_tokenize_str(text))
    return collections.Counter({piece: count for piece, count in pieces.items() if count >= 60})


def _merges(words: collections.Counter[str], room: int) -> list[tuple[str, str]]:
    """Plain BPE: the most frequent pair becomes a token, again and again."""
    parts = {word: list(word) for word in words}
    merges: list[tuple[str, str]] = []
    while len(merges) < room:
        pairs: collections.Counter[tuple[str, str]] = collections.Counter()
        for word, symbols in parts.items():
            for pair in zip(symbols, symbols[1:], strict=False):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = max(sorted(pairs), key=pairs.__getitem__)
        merges.append(best)
        for symbols in parts.values():
            _merge(symbols, best)
    return merges


def _merge(symbols: list[str], pair: tuple[str, str]) -> None:
    place = 0
    while place < len(symbols) - 1:
        if (symbols[place], symbols[place + 1]) == pair:
            symbols[place : place + 2] = ["".join(pair)]
        place += 1
