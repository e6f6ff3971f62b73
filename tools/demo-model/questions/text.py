"""Words: their letters, lengths, reversals."""

from .draw import VOWELS, Draw
from .phrasing import asked, quoted
from .question import Question, one_call


def reverse(draw: Draw) -> Question:
    word = draw.word()
    spelled = quoted(draw, word)
    nouns = (
        f"{spelled} backwards",
        f"{spelled} reversed",
        f"the reverse of {spelled}",
        f"the word {spelled} backwards",
        f"{spelled} spelled backwards",
    )
    sentences = (
        f"Reverse the word {spelled}.",
        f"Reverse {spelled}.",
        f"Spell {spelled} backwards.",
        f"Write {spelled} backwards.",
        f"How do you spell {spelled} backwards?",
        f"Write the word {spelled} in reverse.",
        f"Can you reverse the word {spelled}?",
        f"Turn {spelled} around.",
    )
    return one_call(asked(draw, sentences, nouns), f"print('{word}'[::-1])")


def count_letter(draw: Draw) -> Question:
    word = draw.word()
    letter = draw.choice(word).lower() if draw.chance(0.85) else draw.choice("abcdefghijklmnopqrstuvwxyz")
    said = letter.upper() if draw.chance(0.12) else letter
    several = draw.choice(
        (f"{said}'s", f"{said}'s", f"{said}'s", f"{said}s", f"letters {said}", f"'{said}'s", f"{said}")
    )
    spelled = quoted(draw, word)
    nouns = (
        f"the number of {several} in {spelled}",
        f"the number of times {said} occurs in {spelled}",
        f"the count of the letter {said} in {spelled}",
        f"the number of {several} in the word {spelled}",
    )
    sentences = (
        f"How many {several} are in {spelled}?",
        f"How many {several} are there in {spelled}?",
        f"How many {several} are in the word {spelled}?",
        f"How many {several} in {spelled}?",
        f"How many {several} does {spelled} have?",
        f"How many {several} does the word {spelled} contain?",
        f"Count the {several} in {spelled}.",
        f"Count the letter {said} in {spelled}.",
        f"How often does {said} occur in {spelled}?",
        f"How many times does the letter {said} occur in {spelled}?",
        f"How often does the letter {said} appear in the word {spelled}?",
    )
    return one_call(asked(draw, sentences + sentences[:5], nouns), f"print('{word}'.lower().count('{letter}'))")


def length(draw: Draw) -> Question:
    word = draw.word()
    spelled = quoted(draw, word)
    nouns = (
        f"the length of {spelled}",
        f"the length of the word {spelled}",
        f"the number of letters in {spelled}",
        f"the number of letters in the word {spelled}",
    )
    sentences = (
        f"How long is the word {spelled}?",
        f"How many letters does {spelled} have?",
        f"How many letters are in {spelled}?",
        f"How many letters are there in the word {spelled}?",
        f"Count the letters of {spelled}.",
        f"How many characters does {spelled} have?",
        f"Count the letters in the word {spelled}.",
    )
    return one_call(asked(draw, sentences, nouns), f"print(len('{word}'))")


def palindrome(draw: Draw) -> Question:
    word = draw.word().lower()
    if draw.chance(0.3):
        half = word[:6]
        word = half + half[::-1][draw.choice((0, 1)) :]
    spelled = quoted(draw, word)
    sentences = (
        f"Is {spelled} a palindrome?",
        f"Is the word {spelled} a palindrome?",
        f"Check whether {spelled} is a palindrome.",
        f"Does {spelled} read the same backwards?",
        f"Tell me if {spelled} is a palindrome.",
    )
    return one_call(asked(draw, sentences), f"word = '{word}'\nprint(word == word[::-1])")


def upper_case(draw: Draw) -> Question:
    word = draw.word()
    spelled = quoted(draw, word)
    nouns = (
        f"{spelled} in upper case",
        f"{spelled} in capital letters",
        f"the word {spelled} in capitals",
        f"{spelled} in uppercase",
    )
    sentences = (
        f"Write {spelled} in capital letters.",
        f"Write the word {spelled} in upper case.",
        f"Convert {spelled} to upper case.",
        f"Capitalize every letter of {spelled}.",
        f"Make {spelled} uppercase.",
    )
    return one_call(asked(draw, sentences, nouns), f"print('{word}'.upper())")


def count_vowels(draw: Draw) -> Question:
    word = draw.word()
    spelled = quoted(draw, word)
    nouns = (
        f"the number of vowels in {spelled}",
        f"the number of vowels in the word {spelled}",
        f"the vowel count of {spelled}",
    )
    sentences = (
        f"How many vowels are in {spelled}?",
        f"How many vowels does {spelled} have?",
        f"Count the vowels in {spelled}.",
        f"How many vowels are in the word {spelled}?",
    )
    return one_call(asked(draw, sentences, nouns), f"print(sum(c in '{VOWELS}' for c in '{word}'.lower()))")


def sort_letters(draw: Draw) -> Question:
    word = draw.word()
    spelled = quoted(draw, word)
    nouns = (f"the letters of {spelled} in alphabetical order", f"the sorted letters of {spelled}")
    sentences = (
        f"Sort the letters of {spelled}.",
        f"Sort the letters in {spelled}.",
        f"Put the letters of {spelled} in alphabetical order.",
        f"Sort the letters of the word {spelled} alphabetically.",
    )
    return one_call(asked(draw, sentences, nouns), f"print(''.join(sorted('{word}')))")


def count_words(draw: Draw) -> Question:
    sentence = " ".join(draw.real_word() for _ in range(draw.random.randint(2, 8)))
    mark = draw.choice("'\"")
    spelled = f"{mark}{sentence}{mark}"
    nouns = (f"the number of words in {spelled}", f"the word count of {spelled}")
    sentences = (
        f"How many words are in {spelled}?",
        f"Count the words in {spelled}.",
        f"How many words does {spelled} have?",
        f"How many words are in the sentence {spelled}?",
    )
    return one_call(asked(draw, sentences, nouns), f"print(len('{sentence}'.split()))")


FAMILIES = {
    family.__name__: family
    for family in (reverse, count_letter, length, palindrome, upper_case, count_vowels, sort_letters, count_words)
}
