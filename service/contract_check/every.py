"""All rules, in their order; RULES.md says the same of them."""

from service.contract_check import answers, photos, repeats, serving
from service.contract_check.rules import Rule, Unchecked
from service.contract_check.site import Site


def _on_the_device(_site: Site) -> str:
    raise Unchecked("it shows on the device alone")


RULES = (
    Rule(id="R1", title="One thing, up to five photos", check=photos.several_photos),
    Rule(id="R2", title="Shrink on the device", check=photos.sizes),
    Rule(id="R3", title="Formats, and photos that are broken", check=photos.formats),
    Rule(id="R4", title="No place, date or owner", check=photos.bare_pictures),
    Rule(id="R5", title="Erase what is answered", check=_on_the_device),
    Rule(id="R6", title="HTTPS, and tokens in headers", check=serving.secure),
    Rule(id="R7", title="One key a request, the same answer again", check=repeats.remembered),
    Rule(id="R8", title="What may pass is not remembered", check=repeats.transient),
    Rule(id="R9", title="A request that is being answered", check=repeats.in_flight),
    Rule(id="R10", title="A key belongs to one request", check=repeats.reused),
    Rule(id="R12", title="The queue", check=_on_the_device),
    Rule(id="R13", title="Only the answer to this photo", check=answers.own_answers),
    Rule(id="R14", title="No match is an answer", check=answers.no_match),
    Rule(id="R17", title="Say only what is documented", check=answers.strict),
    Rule(id="R19", title="Keep reference pictures", check=serving.kept_pictures),
    Rule(id="R20", title="Confirm when you can", check=serving.late_word),
    Rule(id="R21", title="The document is the contract", check=serving.document),
    # The last ones look at all answers that the others have seen.
    Rule(id="R11", title="Time-outs and pauses", check=repeats.pauses),
    Rule(id="R15", title="Decide by codes", check=answers.problems),
    Rule(id="R16", title="Tolerate what is new", check=answers.forms),
    Rule(id="R18", title="Deprecation", check=serving.deprecation),
)
