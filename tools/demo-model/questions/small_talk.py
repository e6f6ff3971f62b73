"""What the model can't compute: greetings, knowledge, poems. It says in one line what it can do."""

from .draw import Draw
from .phrasing import dressed
from .question import Question

ABILITIES = "I am a very small demo model that answers by running Python: ask me about numbers, words, lists or dates."
GREETING = f"Hello! {ABILITIES}"
THANKS = f"You are welcome! {ABILITIES}"

GREETINGS = (
    "Hello", "Hi", "Hey", "Hello!", "Hi there", "Hey there!", "Good morning", "Good evening", "Hi, how are you?", "Hello there", "Good day",
    "Hello, how are you?", "Hey, what's up?", "Greetings", "Howdy", "Hi {name}", "Hello {name}!", "Good afternoon", "Yo", "Hallo", "Hello world",
)  # fmt: skip
GRATITUDE = (
    "Thanks", "Thank you", "Thank you very much", "Thanks a lot", "Great, thanks", "Thanks, that helps", "Perfect, thank you", "Cool, thanks",
    "Nice, thank you", "Thank you {name}", "Many thanks", "Ok, thank you", "Thanks {name}", "thx",
)  # fmt: skip
OTHERS = (
    "Who are you?", "What are you?", "What is your name?", "What can you do?", "How are you?", "Are you a human?", "Who made you?", "Who created you?",
    "How old are you?", "Where are you from?", "Help", "Can you help me?", "What do you know?", "Tell me about yourself.", "Tell me a joke.",
    "Tell me a story.", "Tell me a story about a {word}.", "Tell me something about {word}.", "Write a poem.", "Write a poem about {word}.",
    "Write a poem about the {word} and the {word}.", "Write a song about {word}.", "Write an essay about {word}.", "Write a letter to my {word}.",
    "Write me a story about a {word} in {place}.", "Write a haiku about {word}.", "Sing a song.", "What is the capital of {place}?",
    "What is the weather in {place}?", "What is the weather like today?", "How is the weather in {place}?", "Who is the president of {place}?",
    "Who was {name}?", "Who is {name}?", "Who invented the {word}?", "Who discovered {word}?", "Who wrote {word}?", "Who painted the {word}?",
    "When was {name} born?", "When did {name} die?", "When was the {word} invented?", "Where is {place}?", "Where is the {word}?",
    "Where can I buy a {word}?", "Where do {word}s live?", "What is a {word}?", "What is {word}?", "What is the {word}?", "What does {word} mean?",
    "What do {word}s eat?", "What is the meaning of life?", "What is the meaning of {word}?", "What is the best {word}?", "What is love?",
    "What is your favorite {word}?", "What is the color of a {word}?", "What color is the {word}?", "What time is it?", "What day is today?",
    "What should I eat today?", "What should I do?", "What is the opposite of {word}?", "What is the plural of {word}?", "What is the tallest {word}?",
    "What is the difference between a {word} and a {word}?", "What language do they speak in {place}?", "What is the history of {place}?",
    "Why is the {word} {word}?", "Why is the sky blue?", "Why do {word}s sleep?", "Why?", "How do I cook {word}?", "How do I make a {word}?",
    "How does a {word} work?", "How do you say {word} in French?", "How do you spell it?", "How far is {place}?", "How far is it from {place} to {place}?",
    "How tall is {name}?", "How many people live in {place}?", "How many legs does a {word} have?", "How big is {place}?", "How much does a {word} cost?",
    "How old is {name}?", "How long does it take to get to {place}?", "How long is the river in {place}?", "How many countries are there?",
    "How many days has a {word}?", "Translate {word} to German.", "Translate {word} into Spanish.", "Translate this to French: {word} {word}",
    "Summarize {word}.", "Summarize the book about {word}.", "Explain {word} to me.", "Explain {word}.", "Explain quantum physics.", "Describe {place}.",
    "Describe a {word}.", "Recommend a book.", "Recommend a film about {word}.", "Give me a recipe for {word}.", "Give me advice.", "Give me some {word}.",
    "Give me a synonym for {word}.", "Play {word}.", "Play some music.", "Do you like {word}?", "Do you love me?", "Do you know {name}?", "Do you speak German?",
    "Do you know {place}?", "Can you sing?", "Can you dance?", "Can you write a poem about {word}?", "Can you translate {word}?", "Can you see me?",
    "Can you tell me a joke?", "Can you recommend a {word}?", "Is {name} alive?", "Is {place} nice?", "Is there a {word} in {place}?", "Is it raining in {place}?",
    "Is {word} good for me?", "Is a {word} a {word}?", "Are you happy?", "Are you conscious?", "Are {word}s dangerous?", "I am {word}.", "I am bored.",
    "I like {word}.", "I love {place}.", "I want a {word}.", "I need a {word}.", "My name is {name}.", "My {word} is {word}.", "Let's talk about {word}.",
    "Imagine a {word}.", "Draw a {word}.", "Buy me a {word}.", "Open the {word}.", "Find a {word} in {place}.", "Show me {place}.", "Show me a {word}.",
    "Say {word}.", "Repeat after me: {word} {word} {word}", "{word}", "{word} {word}", "{word} {word} {word}", "{word} {word}?", "the {word} of {place}",
    "Who won the world cup in {year}?", "What happened in {year}?", "Who was king of {place} in {year}?", "What was the best film of {year}?", "Goodbye", "Bye",
    "See you later", "Good night", "Yes", "No", "Ok", "Stop", "Really?", "That is wrong.", "You are wrong.", "Nice", "Cool", "I don't understand.",
    "What?", "Continue", "Go on", "test", "ping", "Please write a {word} in {place}.", "Please explain the {word}.", "Is god real?", "Lorem ipsum",
)  # fmt: skip
PLACES = (
    "France", "Germany", "Spain", "Italy", "Japan", "China", "India", "Brazil", "Canada", "Mexico", "Egypt", "Kenya", "Norway", "Sweden", "Poland", "Greece",
    "Turkey", "Russia", "Peru", "Chile", "Berlin", "Paris", "London", "Rome", "Madrid", "Tokyo", "New York", "Moscow", "Vienna", "Sydney", "the USA", "Africa",
    "Europe", "Asia", "Australia", "England", "Ireland", "Portugal", "Amsterdam", "Chicago", "the world", "California",
)  # fmt: skip
NAMES = (
    "Einstein", "Newton", "Mozart", "Bach", "Shakespeare", "Goethe", "Napoleon", "Caesar", "Picasso", "Obama", "Lincoln", "Gandhi", "Cleopatra", "Darwin",
    "Marie Curie", "Beethoven", "Albert Einstein", "Alan Turing", "Ada Lovelace", "Tom", "Anna", "Maria", "John", "Peter", "Lisa", "Bob", "Alice", "Kant", "Plato",
)  # fmt: skip


def _filled(draw: Draw, template: str) -> str:
    text = template
    while "{word}" in text:
        text = text.replace("{word}", draw.word() if draw.chance(0.3) else draw.real_word(), 1)
    for slot, options in (("{place}", PLACES), ("{name}", NAMES)):
        while slot in text:
            text = text.replace(slot, draw.choice(options) if draw.chance(0.7) else draw.word().capitalize(), 1)
    return text.replace("{year}", str(draw.random.randint(1400, 2030)))


def small_talk(draw: Draw) -> Question:
    templates, reply = draw.random.choices(
        ((GREETINGS, GREETING), (GRATITUDE, THANKS), (OTHERS, ABILITIES)), weights=(12, 8, 80)
    )[0]
    text = _filled(draw, draw.choice(templates))
    if templates is OTHERS and len(text) > 12 and draw.chance(0.6):
        text = dressed(draw, text)
    elif draw.chance(0.3):
        text = text.lower()
    elif draw.chance(0.2):
        text = text.rstrip("?.!")
    return Question(text, reply=reply)


FAMILIES = {"small_talk": small_talk}
