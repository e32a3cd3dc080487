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
    "en": Words(
        number="Card number",
        expiry="Expiry date",
        code="Security code",
        expiry_form="MM / YY",
        bad_number="Check the card number",
        bad_expiry="Check the expiry date",
        bad_code="Check the security code",
        go_on="Use this card",
    ),
    "de": Words(
        number="Kartennummer",
        expiry="Gültig bis",
        code="Prüfziffer",
        expiry_form="MM / JJ",
        bad_number="Prüfe die Kartennummer",
        bad_expiry="Prüfe das Ablaufdatum",
        bad_code="Prüfe die Prüfziffer",
        go_on="Diese Karte verwenden",
    ),
    "fr": Words(
        number="Numéro de carte",
        expiry="Expiration",
        code="Cryptogramme",
        expiry_form="MM / AA",
        bad_number="Vérifiez le numéro de carte",
        bad_expiry="Vérifiez la date d’expiration",
        bad_code="Vérifiez le cryptogramme",
        go_on="Utiliser cette carte",
    ),
    "es": Words(
        number="Número de tarjeta",
        expiry="Caducidad",
        code="Código de seguridad",
        expiry_form="MM / AA",
        bad_number="Comprueba el número de tarjeta",
        bad_expiry="Comprueba la caducidad",
        bad_code="Comprueba el código de seguridad",
        go_on="Usar esta tarjeta",
    ),
    "it": Words(
        number="Numero della carta",
        expiry="Scadenza",
        code="Codice di sicurezza",
        expiry_form="MM / AA",
        bad_number="Controlla il numero della carta",
        bad_expiry="Controlla la scadenza",
        bad_code="Controlla il codice di sicurezza",
        go_on="Usa questa carta",
    ),
    "pt": Words(
        number="Número do cartão",
        expiry="Validade",
        code="Código de segurança",
        expiry_form="MM / AA",
        bad_number="Verifique o número do cartão",
        bad_expiry="Verifique a validade",
        bad_code="Verifique o código de segurança",
        go_on="Usar este cartão",
    ),
    "nl": Words(
        number="Kaartnummer",
        expiry="Vervaldatum",
        code="Beveiligingscode",
        expiry_form="MM / JJ",
        bad_number="Controleer het kaartnummer",
        bad_expiry="Controleer de vervaldatum",
        bad_code="Controleer de beveiligingscode",
        go_on="Deze kaart gebruiken",
    ),
    "pl": Words(
        number="Numer karty",
        expiry="Data ważności",
        code="Kod zabezpieczający",
        expiry_form="MM / RR",
        bad_number="Sprawdź numer karty",
        bad_expiry="Sprawdź datę ważności",
        bad_code="Sprawdź kod zabezpieczający",
        go_on="Użyj tej karty",
    ),
    "sv": Words(
        number="Kortnummer",
        expiry="Giltigt till",
        code="Säkerhetskod",
        expiry_form="MM / ÅÅ",
        bad_number="Kontrollera kortnumret",
        bad_expiry="Kontrollera datumet",
        bad_code="Kontrollera säkerhetskoden",
        go_on="Använd kortet",
    ),
    "tr": Words(
        number="Kart numarası",
        expiry="Son kullanma",
        code="Güvenlik kodu",
        expiry_form="AA / YY",
        bad_number="Kart numarasını kontrol edin",
        bad_expiry="Son kullanma tarihini kontrol edin",
        bad_code="Güvenlik kodunu kontrol edin",
        go_on="Bu kartı kullan",
    ),
    "ar": Words(
        number="رقم البطاقة",
        expiry="تاريخ الانتهاء",
        code="رمز الأمان",
        expiry_form="MM / YY",
        bad_number="تحقق من رقم البطاقة",
        bad_expiry="تحقق من تاريخ الانتهاء",
        bad_code="تحقق من رمز الأمان",
        go_on="استخدام هذه البطاقة",
    ),
    "ja": Words(
        number="カード番号",
        expiry="有効期限",
        code="セキュリティコード",
        expiry_form="MM / YY",
        bad_number="カード番号をご確認ください",
        bad_expiry="有効期限をご確認ください",
        bad_code="セキュリティコードをご確認ください",
        go_on="このカードを使う",
    ),
})
# fmt: on
RIGHT_TO_LEFT: Final = frozenset({"ar"})
