"""Days: distances and weekdays."""

import datetime

from .draw import Draw
from .phrasing import asked
from .question import Question, one_call

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _spelled(draw: Draw, day: datetime.date) -> str:
    month = MONTHS[day.month - 1]
    return draw.choice(
        (str(day), str(day), str(day), f"{month} {day.day}, {day.year}", f"{day.day} {month} {day.year}")
    )


def _code(day: datetime.date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"


def days_between(draw: Draw) -> Question:
    first, second = sorted((draw.date(), draw.date()))
    a, b = _spelled(draw, first), _spelled(draw, second)
    nouns = (
        f"the number of days between {a} and {b}",
        f"the number of days from {a} to {b}",
        f"the days between {a} and {b}",
    )
    sentences = (
        f"How many days are between {a} and {b}?",
        f"How many days are there from {a} to {b}?",
        f"How many days lie between {a} and {b}?",
        f"Count the days from {a} to {b}.",
    )
    return one_call(
        asked(draw, sentences, nouns), f"from datetime import date\nprint(({_code(second)} - {_code(first)}).days)"
    )


def weekday(draw: Draw) -> Question:
    day = draw.date()
    a = _spelled(draw, day)
    nouns = (f"the weekday of {a}", f"the day of the week of {a}")
    sentences = (
        f"Which weekday is {a}?",
        f"What day of the week is {a}?",
        f"What weekday was {a}?",
        f"On which day of the week does {a} fall?",
        f"Which day of the week was {a}?",
    )
    return one_call(asked(draw, sentences, nouns), f"from datetime import date\nprint({_code(day)}.strftime('%A'))")


def leap_year(draw: Draw) -> Question:
    year = draw.uniform(1500, 2999)
    sentences = (
        f"Is {year} a leap year?",
        f"Was {year} a leap year?",
        f"Is the year {year} a leap year?",
        f"Check whether {year} is a leap year.",
    )
    return one_call(asked(draw, sentences), f"import calendar\nprint(calendar.isleap({year}))")


FAMILIES = {family.__name__: family for family in (days_between, weekday, leap_year)}
