"""What the card fields say, by language."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Words(NamedTuple):
    """The labels of the fields, what is wrong with each, and the button of the page."""

    number: str
    expiry: str
    code: str
    expiry_form: str
    bad_number: str
    bad_expiry: str
    bad_code: str
    go_on: str


# fmt: off
WORDS: Final[Mapping[str, Words]] = MappingProxyType({
    "en": Words("Card number", "Expiry date", "Security code", "MM / YY",
                "Check the card number", "Check the expiry date", "Check the security code",
                "Use this card"),
    "de": Words("Kartennummer", "Gültig bis", "Prüfziffer", "MM / JJ",
                "Prüfe die Kartennummer", "Prüfe das Ablaufdatum", "Prüfe die Prüfziffer",
                "Diese Karte verwenden"),
    "fr": Words("Numéro de carte", "Expiration", "Cryptogramme", "MM / AA",
                "Vérifiez le numéro de carte", "Vérifiez la date d’expiration",
                "Vérifiez le cryptogramme", "Utiliser cette carte"),
    "es": Words("Número de tarjeta", "Caducidad", "Código de seguridad", "MM / AA",
                "Comprueba el número de tarjeta", "Comprueba la caducidad",
                "Comprueba el código de seguridad", "Usar esta tarjeta"),
    "it": Words("Numero della carta", "Scadenza", "Codice di sicurezza", "MM / AA",
                "Controlla il numero della carta", "Controlla la scadenza",
                "Controlla il codice di sicurezza", "Usa questa carta"),
    "pt": Words("Número do cartão", "Validade", "Código de segurança", "MM / AA",
                "Verifique o número do cartão", "Verifique a validade",
                "Verifique o código de segurança", "Usar este cartão"),
    "nl": Words("Kaartnummer", "Vervaldatum", "Beveiligingscode", "MM / JJ",
                "Controleer het kaartnummer", "Controleer de vervaldatum",
                "Controleer de beveiligingscode", "Deze kaart gebruiken"),
    "pl": Words("Numer karty", "Data ważności", "Kod zabezpieczający", "MM / RR",
                "Sprawdź numer karty", "Sprawdź datę ważności", "Sprawdź kod zabezpieczający",
                "Użyj tej karty"),
    "sv": Words("Kortnummer", "Giltigt till", "Säkerhetskod", "MM / ÅÅ",
                "Kontrollera kortnumret", "Kontrollera datumet", "Kontrollera säkerhetskoden",
                "Använd kortet"),
    "tr": Words("Kart numarası", "Son kullanma", "Güvenlik kodu", "AA / YY",
                "Kart numarasını kontrol edin", "Son kullanma tarihini kontrol edin",
                "Güvenlik kodunu kontrol edin", "Bu kartı kullan"),
    "ar": Words("رقم البطاقة", "تاريخ الانتهاء", "رمز الأمان", "MM / YY",
                "تحقق من رقم البطاقة", "تحقق من تاريخ الانتهاء", "تحقق من رمز الأمان",
                "استخدام هذه البطاقة"),
    "ja": Words("カード番号", "有効期限", "セキュリティコード", "MM / YY",
                "カード番号をご確認ください", "有効期限をご確認ください",
                "セキュリティコードをご確認ください", "このカードを使う"),
})
# fmt: on
RIGHT_TO_LEFT: Final = frozenset({"ar"})
