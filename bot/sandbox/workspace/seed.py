"""Who is in the stand-in workspace when it starts: five persons, a bot, six channels and four user groups.

The ids are ones a person can read, because they turn up in logs and in tests. The bot is not in `#coffee`, so that
posting there can be refused, and `#release-board` is private.
"""

from bot.sandbox.workspace.records import App, Channel, User, UserGroup

ADA, QUINN, PRIYA, VICTOR, OMAR = "U0ADA", "U0QUINN", "U0PRIYA", "U0VICTOR", "U0OMAR"
RELEASES, ENGINEERING, STAKEHOLDERS, ON_CALL = "C0RELEASES", "C0ENGINEERING", "C0STAKEHOLDERS", "C0ONCALL"
COFFEE, BOARD = "C0COFFEE", "G0BOARD"

PERSONS = (
    User(ADA, "ada", "Ada Okafor", "Engineer", "ada@example.com", "2c7be5", "Europe/London", 0),
    User(QUINN, "quinn", "Quinn Meyer", "QA", "quinn@example.com", "8a4fd3", "Europe/Berlin", 3600),
    User(PRIYA, "priya", "Priya Nair", "Product manager", "priya@example.com", "0f9d76", "Asia/Kolkata", 19800),
    User(
        VICTOR, "victor", "Victor Lindqvist", "VP product", "victor@example.com", "d9822b", "America/New_York", -18000
    ),
    User(OMAR, "omar", "Omar Haddad", "On-call engineer", "omar@example.com", "c23b5a", "Africa/Cairo", 7200),
)

GROUPS = (
    UserGroup("S0PRODUCT", "product", "Product", (PRIYA, VICTOR)),
    UserGroup("S0QA", "qa", "Quality", (QUINN,)),
    UserGroup("S0ENGINEERING", "engineering", "Engineering", (ADA, OMAR)),
    UserGroup("S0ONCALL", "on-call", "On-call", (OMAR,)),
)


def users(app: App) -> tuple[User, ...]:
    bot = User(app.bot_user, app.name.lower(), app.name, "Release bot", "", "5b3fa0", "UTC", 0, is_bot=True)
    return (*PERSONS, bot)


def channels(app: App) -> tuple[Channel, ...]:
    """Fresh channels each time: their members change while the workspace lives."""
    persons = {person.id for person in PERSONS}
    everybody = {*persons, app.bot_user}
    direct = (
        Channel(f"D{person.id.removeprefix('U')}", "", "", {person.id, app.bot_user}, im_user=person.id)
        for person in PERSONS
    )
    return (
        Channel(RELEASES, "releases", "What is going out, and how it is doing", set(everybody)),
        Channel(ENGINEERING, "engineering", "Building the shop", set(everybody)),
        Channel(STAKEHOLDERS, "stakeholders", "What changes for our users", set(everybody)),
        Channel(ON_CALL, "on-call", "Pages and hand-overs", set(everybody)),
        Channel(COFFEE, "coffee", "No bots here", set(persons)),
        Channel(BOARD, "release-board", "High-risk releases", {PRIYA, VICTOR, app.bot_user}, is_private=True),
        *direct,
    )
