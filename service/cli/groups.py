"""Groups of commands of which each imports much: listed here, and imported when they are called."""

from service.cli.lazy import Late, LazyGroup

keys = LazyGroup(
    "keys",
    help="Make, list, replace and revoke the keys of programs that ask from outside this machine.",
    late={
        "create": Late("service.cli.keys:create", "Give CLIENT, the name of a program or of whoever runs it, a key."),
        "list": Late("service.cli.keys:list_command", "List keys, without what makes them keys."),
        "rotate": Late("service.cli.keys:rotate", "Make another key that may do the same, and let the old one end."),
        "revoke": Late("service.cli.keys:revoke", "Let a key be good no longer."),
    },
)

devices = LazyGroup(
    "devices",
    help="Enrol, list and revoke the phones and programs that may ask from outside this machine.",
    late={
        "enrol": Late(
            "service.cli.devices:enrol",
            "Show a code and a link by which one more device is enrolled within 15 minutes.",
        ),
        "list": Late("service.cli.devices:list_command", "List all devices, also revoked ones."),
        "revoke": Late("service.cli.devices:revoke", "Let a device in no longer."),
    },
)

limits = LazyGroup(
    "limits",
    help="""Set and list how much each client may ask: photos looked up, things taught, catalogs uploaded.

    SUBJECT is device: and the device's name or id, key: and the client's name, how its key begins or its id, or local
    for this machine without a key. The beginning of an id will do.
    """,
    late={
        "set": Late("service.cli.limits:set_command", "Set a client's rate, quota or both; what is not named stays."),
        "list": Late("service.cli.limits:list_command", "List what was set, and what was asked today."),
        "clear": Late("service.cli.limits:clear_command", "Let a client ask what all others may."),
    },
)

database = LazyGroup(
    "database",
    help="Prepare the database that DATABASE_URL names.",
    late={
        "upgrade": Late("service.cli.database:upgrade_command", "Bring the database to this release's revision."),
        "check": Late(
            "service.cli.database:check_command",
            "Say whether the database is at this release's revision; exit status 1 where it is not.",
        ),
    },
)

starter = LazyGroup(
    "starter",
    help="Make the embedded default: the demo catalog and the starter model.",
    late={
        "render": Late("service.cli.starter:render", "Draw pictures of CAD parts."),
        "train": Late("service.cli.starter:train", "Learn from the training views, boxed in time."),
        "bundle": Late("service.cli.starter:bundle", "Make a model bundle of a training run, with thresholds."),
        "vocabulary": Late("service.cli.starter:vocabulary", "Learn the visual words of the surface channel."),
        "fusion": Late(
            "service.cli.starter:fusion",
            "Fit how evidence is weighed and how probable candidates are, on photos that are in no test set (needs "
            "scipy).",
        ),
        "mask": Late(
            "service.cli.starter:mask",
            "Take the network that finds objects in photos, and parts beside a scale card, out of a visual tower.",
        ),
        "score": Late(
            "service.cli.starter:score",
            "Top-1 and top-5 over the demo photos: the shipped starter (or BUNDLES), baselines that show how hard it "
            "is.",
        ),
    },
)

contract = LazyGroup(
    "contract",
    help="Keep mobile_contract/openapi.json in step with the code, and the code with those who use it.",
    late={
        "write": Late(
            "service.cli.contract:write",
            "Write the documents, of OpenAPI 3.1 and 3.0.3, if nothing that clients rely on has gone.",
        ),
        "check": Late(
            "service.cli.contract_check:check",
            "Run the rules for phones (mobile_contract/RULES.md) against the deployment at URL; exit status 1 where "
            "one fails.",
        ),
        "diff": Late(
            "service.cli.contract:diff",
            "What changed from the document OLD (a file, or - for standard input) to NEW, by default the code's.",
        ),
    },
)
