"""Off-screen pictures of parts: studio views, field photos, training sprites (needs ``photocode[render]``)."""
