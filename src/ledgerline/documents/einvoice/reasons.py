"""Why no tax is due, in words: the reasons that EN 16931 asks for where a group bears no tax."""

from collections.abc import Mapping
from typing import Final

from ledgerline.documents.snapshot import Treatment

FALLBACK: Final = "en"

# Directive 2006/112/EC, Article 226 point 11a, in the words of each official language.
REVERSE_CHARGE: Final[Mapping[str, str]] = {
    "bg": "Обратно начисляване", "cs": "Daň odvede zákazník", "da": "Omvendt betalingspligt",
    "de": "Steuerschuldnerschaft des Leistungsempfängers", "el": "Αντίστροφη επιβάρυνση",
    "en": "Reverse charge", "es": "Inversión del sujeto pasivo", "et": "Pöördmaksustamine",
    "fi": "Käännetty verovelvollisuus", "fr": "Autoliquidation", "hr": "Prijenos porezne obveze",
    "hu": "Fordított adózás", "it": "Inversione contabile", "lt": "Atvirkštinis apmokestinimas",
    "lv": "Nodokļa apgrieztā maksāšana", "mt": "Inverżjoni tal-ħlas", "nl": "Btw verlegd",
    "pl": "Odwrotne obciążenie", "pt": "Autoliquidação", "ro": "Taxare inversă",
    "sk": "Prenesenie daňovej povinnosti", "sl": "Obrnjena davčna obveznost",
    "sv": "Omvänd betalningsskyldighet",
}  # fmt: skip

_OTHERS: Final[Mapping[Treatment, str]] = {
    Treatment.PRODUCT_EXEMPT: "Exempt from tax",
    Treatment.CUSTOMER_EXEMPT: "Exempt from tax: exemption of the customer",
    Treatment.NOT_SUBJECT: "Not subject to tax",
    Treatment.NOT_COLLECTING: "Not subject to tax: the seller is not registered for it here",
}


def reason_for(treatment: Treatment, language: str) -> str | None:
    """Say why a treatment bears no tax; None where EN 16931 forbids a reason."""
    if treatment is Treatment.REVERSE_CHARGE:
        spoken = language.replace("_", "-").partition("-")[0].lower()
        return REVERSE_CHARGE.get(spoken, REVERSE_CHARGE[FALLBACK])
    return _OTHERS.get(treatment)
