"""Rules R1 to R4: what photos are taken, and what is kept of them."""

from urllib.parse import quote

from mobile_contract.limits import PHOTOS_MAX
from mobile_contract.problems import Code
from service.contract_check.pictures import half, metadata_of, phone_photo, thing
from service.contract_check.rules import answered, hold, need_catalog, need_own, refused
from service.contract_check.site import Site

SIZES = ((768, 576), (576, 768), (1024, 768))


def several_photos(site: Site) -> str:
    """R1."""
    need_catalog(site)
    answer = answered(site.look_up(*(thing("red") for _ in range(PHOTOS_MAX))))
    told = 1 + len(answer.get("furtherPhotos", []))
    hold(told == PHOTOS_MAX, f"{PHOTOS_MAX} photos were sent, the answer tells of {told}")
    refused(site.look_up(*(thing("red") for _ in range(PHOTOS_MAX + 1))), Code.VALIDATION_FAILED)
    return f"{PHOTOS_MAX} photos answered together, {PHOTOS_MAX + 1} refused"


def sizes(site: Site) -> str:
    """R2."""
    need_catalog(site)
    for size in SIZES:
        photo = thing("red", size=size)
        for seen in (site.look_up(photo), site.look_up_raw(photo)):
            facts = answered(seen).get("photo", {})
            told = facts.get("width"), facts.get("height")
            hold(told == size, f"a photo of {size[0]} x {size[1]} px was told as {told[0]} x {told[1]}")
    return "768 and 1,024 px, as a form and raw"


def formats(site: Site) -> str:
    """R3."""
    need_catalog(site)
    for form in ("JPEG", "PNG", "WEBP"):
        answered(site.look_up_raw(thing("red", form=form), media_type=f"image/{form.lower()}"))
    refused(site.look_up(b"this is no picture"), Code.PHOTO_FORMAT_UNSUPPORTED)
    refused(site.look_up(half(thing("red"))), Code.PHOTO_UNREADABLE)
    beside = site.look_up(thing("red"), b"this is no picture")
    refused(beside, Code.PHOTO_FORMAT_UNSUPPORTED)
    named = [error.get("field") for error in beside.json.get("errors", [])]
    hold(named == ["photo[1]"], f"the second of two photos is broken, and the errors name {named}")
    return "JPEG, PNG and WebP answered; broken photos refused and named"


def bare_pictures(site: Site) -> str:
    """R4."""
    need_own(site, "teaching")
    photo = phone_photo("green")
    hold(metadata_of(photo), "the check's own photo has no metadata")
    number = f"exif-{site.run}"
    product = answered(site.teach(number, photo, key=site.new_key()))
    site.left.append(f"product {number}")
    read = answered(site.ask("GET", f"/v1/catalogs/{site.catalog}/products/{quote(number, safe='')}"))
    pictures = [*product.get("referenceImages", []), *read.get("referenceImages", [])]
    hold(pictures, "a taught product has no picture")
    for address in {picture["imageUrl"] for picture in pictures}:
        seen = site.ask("GET", address)
        hold(seen.status == 200, f"no picture: {seen}")
        try:
            found = metadata_of(seen.content)
        except OSError as error:
            hold(condition=False, why=f"what is given as a picture is none: {error}")
        hold(not found, f"the picture of a taught product holds {', '.join(found)}")
    return "a photo with EXIF, XMP and a comment came back without them"
