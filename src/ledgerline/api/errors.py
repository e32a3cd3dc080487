"""Refusals as HTTP: the only table of status codes, and problem documents (RFC 9457)."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.access import model as access
from ledgerline.api import refusals
from ledgerline.base import ids
from ledgerline.base.calendar import BadDuration
from ledgerline.base.cards import CardNumberRefused
from ledgerline.base.errors import Rejected
from ledgerline.base.money import UnknownCurrency
from ledgerline.base.states import StateRefused
from ledgerline.bulk import model as bulk
from ledgerline.catalog import model as catalog
from ledgerline.catalog import refusals as selling
from ledgerline.catalog.rules.findings import CatalogRefused
from ledgerline.catalog.rules.nodes import CatalogInvalid
from ledgerline.catalog.rules.numbering import TemplateFaulty
from ledgerline.customers import model as customers
from ledgerline.documents.einvoice import refusals as einvoice
from ledgerline.documents.faces import FontsMissing
from ledgerline.flows.move_clock import ClockMovesForward, ClockNotVirtual
from ledgerline.invoicing import model as invoicing
from ledgerline.ledger import model as ledger
from ledgerline.mail import model as mail
from ledgerline.payments import refusals as payments
from ledgerline.pricing import model as pricing
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from ledgerline.pricing.tax.arithmetic import CreditBeyondLine
from ledgerline.pricing.tax.rates import TaxRateMissing
from ledgerline.purchases import model as purchases
from ledgerline.receipts import model as receipts
from ledgerline.reconciliation import refusals as reconciliation
from ledgerline.releases import refusals as releases
from ledgerline.rules.renewal import NothingInForce, TooManyLines
from ledgerline.sandbox.model import SandboxBusy
from ledgerline.subscriptions import model as subscriptions
from ledgerline.web import refusals as web

STATUS: Final[Mapping[type[Rejected], HTTPStatus]] = MappingProxyType(
    {
        web.Malformed: HTTPStatus.BAD_REQUEST,
        refusals.InvalidCursor: HTTPStatus.BAD_REQUEST,
        refusals.IdempotencyKeyRequired: HTTPStatus.BAD_REQUEST,
        refusals.Unauthenticated: HTTPStatus.UNAUTHORIZED,
        refusals.WrongEnvironment: HTTPStatus.UNAUTHORIZED,
        payments.SignatureRefused: HTTPStatus.UNAUTHORIZED,
        refusals.PaymentDeclined: HTTPStatus.PAYMENT_REQUIRED,
        refusals.ReadOnlyKey: HTTPStatus.FORBIDDEN,
        access.AboveLimit: HTTPStatus.FORBIDDEN,
        refusals.NotFound: HTTPStatus.NOT_FOUND,
        access.PortalLinkNotFound: HTTPStatus.NOT_FOUND,
        customers.CustomerNotFound: HTTPStatus.NOT_FOUND,
        invoicing.DocumentNotFound: HTTPStatus.NOT_FOUND,
        invoicing.InvoiceNotFound: HTTPStatus.NOT_FOUND,
        payments.PaymentNotFound: HTTPStatus.NOT_FOUND,
        payments.PaymentMethodNotFound: HTTPStatus.NOT_FOUND,
        purchases.PurchaseNotFound: HTTPStatus.NOT_FOUND,
        purchases.PurchaseNotPending: HTTPStatus.CONFLICT,
        purchases.CheckoutNotFound: HTTPStatus.NOT_FOUND,
        purchases.CheckoutClosed: HTTPStatus.CONFLICT,
        purchases.CheckoutNotOffered: HTTPStatus.CONFLICT,
        mail.MailNotFound: HTTPStatus.NOT_FOUND,
        mail.MailNotResendable: HTTPStatus.CONFLICT,
        receipts.ReceiptNotFound: HTTPStatus.NOT_FOUND,
        subscriptions.SubscriptionNotFound: HTTPStatus.NOT_FOUND,
        refusals.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
        refusals.NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
        refusals.ClockDriverRequired: HTTPStatus.CONFLICT,
        ClockMovesForward: HTTPStatus.CONFLICT,
        SandboxBusy: HTTPStatus.CONFLICT,
        einvoice.EinvoiceNotNumbered: HTTPStatus.CONFLICT,
        ClockNotVirtual: HTTPStatus.CONFLICT,
        StateRefused: HTTPStatus.CONFLICT,
        customers.CustomerErased: HTTPStatus.GONE,
        access.PortalLinkUsed: HTTPStatus.GONE,
        access.PortalLinkExpired: HTTPStatus.GONE,
        customers.CustomerNotErasable: HTTPStatus.CONFLICT,
        customers.SectionNotFound: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.VersionStale: HTTPStatus.CONFLICT,
        invoicing.AlreadyBilled: HTTPStatus.CONFLICT,
        invoicing.DocumentNotNumbered: HTTPStatus.CONFLICT,
        invoicing.NothingToPreview: HTTPStatus.CONFLICT,
        invoicing.EinvoiceInvalid: HTTPStatus.CONFLICT,
        invoicing.BillingNotPaused: HTTPStatus.CONFLICT,
        invoicing.BillingPaused: HTTPStatus.CONFLICT,
        invoicing.DoubleBilled: HTTPStatus.CONFLICT,
        invoicing.NothingParked: HTTPStatus.CONFLICT,
        invoicing.RefusedByDatabase: HTTPStatus.CONFLICT,
        NothingInForce: HTTPStatus.CONFLICT,
        ledger.CreditExhausted: HTTPStatus.CONFLICT,
        access.AlreadyAnswered: HTTPStatus.CONFLICT,
        access.PersonNotFound: HTTPStatus.NOT_FOUND,
        payments.RefundProposalNotFound: HTTPStatus.NOT_FOUND,
        access.EmailTaken: HTTPStatus.CONFLICT,
        access.EmailRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        access.LastOwner: HTTPStatus.CONFLICT,
        bulk.BulkJobNotFound: HTTPStatus.NOT_FOUND,
        bulk.BulkJobOver: HTTPStatus.CONFLICT,
        bulk.BulkRefused: HTTPStatus.CONFLICT,
        bulk.SecondPersonNeeded: HTTPStatus.FORBIDDEN,
        access.LinkNotUsable: HTTPStatus.GONE,
        access.MayNotManage: HTTPStatus.FORBIDDEN,
        access.OwnRole: HTTPStatus.CONFLICT,
        access.OwnersOnly: HTTPStatus.FORBIDDEN,
        access.AlreadyDone: HTTPStatus.CONFLICT,
        access.NothingChanges: HTTPStatus.CONFLICT,
        access.PasswordRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        access.SignInRefused: HTTPStatus.UNAUTHORIZED,
        access.FilterRefused: HTTPStatus.CONFLICT,
        access.FilterNotFound: HTTPStatus.NOT_FOUND,
        access.ProviderRefused: HTTPStatus.UNAUTHORIZED,
        access.TooManySignIns: HTTPStatus.TOO_MANY_REQUESTS,
        access.ExternalIdTaken: HTTPStatus.CONFLICT,
        access.PaymentTokenTaken: HTTPStatus.CONFLICT,
        ledger.EarlierMonthOpen: HTTPStatus.CONFLICT,
        ledger.MonthNotOver: HTTPStatus.CONFLICT,
        ledger.RevenueNotRecognised: HTTPStatus.CONFLICT,
        payments.InvoiceNotPayable: HTTPStatus.CONFLICT,
        payments.PaymentInProgress: HTTPStatus.CONFLICT,
        payments.PaymentMethodInUse: HTTPStatus.CONFLICT,
        subscriptions.SubscriptionEnded: HTTPStatus.CONFLICT,
        payments.PaymentMethodKnown: HTTPStatus.CONFLICT,
        payments.SetupNotFound: HTTPStatus.NOT_FOUND,
        payments.SetupNotOffered: HTTPStatus.CONFLICT,
        payments.SetupIncomplete: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.InstrumentExists: HTTPStatus.CONFLICT,
        payments.InstrumentContradicts: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.NoPaymentRoute: HTTPStatus.CONFLICT,
        payments.AccountsUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        payments.PspAccountNotLoaded: HTTPStatus.SERVICE_UNAVAILABLE,
        payments.PspAccountInUse: HTTPStatus.CONFLICT,
        payments.PaymentNotMendable: HTTPStatus.CONFLICT,
        payments.CreditNotPayable: HTTPStatus.CONFLICT,
        payments.ExceptionNotFound: HTTPStatus.NOT_FOUND,
        payments.ExceptionNotClosable: HTTPStatus.CONFLICT,
        payments.ExceptionNotDecidable: HTTPStatus.CONFLICT,
        payments.EvidenceNotFound: HTTPStatus.NOT_FOUND,
        payments.EvidenceNotProposable: HTTPStatus.CONFLICT,
        payments.EvidenceProposed: HTTPStatus.CONFLICT,
        payments.RefundProposed: HTTPStatus.CONFLICT,
        payments.RefundProposalNotOpen: HTTPStatus.CONFLICT,
        payments.EvidenceNotOpen: HTTPStatus.CONFLICT,
        payments.EvidenceNeedsReference: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.SelfApproval: HTTPStatus.CONFLICT,
        payments.NoDefaultMethod: HTTPStatus.CONFLICT,
        subscriptions.RefundNeedsEndNow: HTTPStatus.CONFLICT,
        subscriptions.WithdrawalOver: HTTPStatus.CONFLICT,
        payments.PaymentNotRefundable: HTTPStatus.CONFLICT,
        payments.PaymentDisputed: HTTPStatus.CONFLICT,
        payments.DisputeNotFound: HTTPStatus.NOT_FOUND,
        payments.DisputeNotAnswerable: HTTPStatus.CONFLICT,
        payments.EvidenceNotTaken: HTTPStatus.CONFLICT,
        payments.EvidenceTooLate: HTTPStatus.CONFLICT,
        payments.EvidenceSent: HTTPStatus.CONFLICT,
        payments.DefenceRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        purchases.PreviewStale: HTTPStatus.CONFLICT,
        subscriptions.ChangeInProgress: HTTPStatus.CONFLICT,
        subscriptions.ChangeRefused: HTTPStatus.CONFLICT,
        subscriptions.ChangeWithdrawn: HTTPStatus.CONFLICT,
        subscriptions.NothingToChange: HTTPStatus.CONFLICT,
        subscriptions.NothingToUndo: HTTPStatus.CONFLICT,
        subscriptions.NotPaused: HTTPStatus.CONFLICT,
        subscriptions.PauseLimitReached: HTTPStatus.CONFLICT,
        subscriptions.PurchaseInProgress: HTTPStatus.CONFLICT,
        subscriptions.SettleFirst: HTTPStatus.CONFLICT,
        subscriptions.SubscriptionParked: HTTPStatus.CONFLICT,
        subscriptions.SubscriptionNotParked: HTTPStatus.CONFLICT,
        subscriptions.WouldPark: HTTPStatus.CONFLICT,
        web.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        refusals.NotJson: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        refusals.InvalidValue: HTTPStatus.UNPROCESSABLE_ENTITY,
        refusals.UnknownField: HTTPStatus.UNPROCESSABLE_ENTITY,
        ids.WrongIdKind: HTTPStatus.UNPROCESSABLE_ENTITY,
        BadDuration: HTTPStatus.UNPROCESSABLE_ENTITY,
        CardNumberRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        CatalogInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
        CatalogRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        TemplateFaulty: HTTPStatus.UNPROCESSABLE_ENTITY,
        CreditBeyondLine: HTTPStatus.UNPROCESSABLE_ENTITY,
        ExceedsLineRemainder: HTTPStatus.UNPROCESSABLE_ENTITY,
        TaxRateMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
        UnknownCurrency: HTTPStatus.UNPROCESSABLE_ENTITY,
        catalog.PlanNotSold: HTTPStatus.UNPROCESSABLE_ENTITY,
        catalog.PriceMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
        catalog.UnknownCoupon: HTTPStatus.UNPROCESSABLE_ENTITY,
        selling.UnknownMarket: HTTPStatus.UNPROCESSABLE_ENTITY,
        selling.TextChanged: HTTPStatus.CONFLICT,
        selling.TextNotReviewed: HTTPStatus.CONFLICT,
        purchases.ConsentMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
        catalog.UnknownPlan: HTTPStatus.UNPROCESSABLE_ENTITY,
        selling.UnknownSeller: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.DocumentIncomplete: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.EinvoiceKind: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.EinvoiceUnreadable: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.En16931Broken: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.En16931Currency: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.En16931Decimals: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.En16931Incomplete: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.En16931Mixed: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.PersonalTextRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.PlaceEvidenceRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.TaxIdsRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.UnknownCountry: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.UnknownZone: HTTPStatus.UNPROCESSABLE_ENTITY,
        access.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.CardFactsRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.DebitTakesDays: HTTPStatus.CONFLICT,
        payments.MandateNotChargeable: HTTPStatus.CONFLICT,
        payments.MandateNotOffered: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.PspAccountNotFound: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.PspAccountRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.ModelNotLoaded: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.ModelNotPromoted: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.ModelNotSwitched: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.RoutingRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.RefundDayAhead: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.RefundExceedsCaptured: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.SettlementFileMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
        payments.SettlementFileRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        releases.CloseOvertaken: HTTPStatus.CONFLICT,
        releases.ContractBroken: HTTPStatus.CONFLICT,
        releases.ExportOvertaken: HTTPStatus.CONFLICT,
        releases.ExtractMismatch: HTTPStatus.CONFLICT,
        releases.HistoryChanged: HTTPStatus.CONFLICT,
        releases.IntervalMissing: HTTPStatus.CONFLICT,
        releases.LakeBusy: HTTPStatus.CONFLICT,
        releases.LakeUnusable: HTTPStatus.SERVICE_UNAVAILABLE,
        releases.MonthNotClosable: HTTPStatus.CONFLICT,
        releases.MonthNotClosed: HTTPStatus.NOT_FOUND,
        releases.EngineNotInstalled: HTTPStatus.SERVICE_UNAVAILABLE,
        releases.EngineNotRun: HTTPStatus.UNPROCESSABLE_ENTITY,
        releases.NothingExported: HTTPStatus.CONFLICT,
        releases.NothingReleased: HTTPStatus.CONFLICT,
        releases.QueryRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        releases.RawFileChanged: HTTPStatus.CONFLICT,
        releases.ReleaseBlocked: HTTPStatus.CONFLICT,
        releases.ReleaseNotFound: HTTPStatus.NOT_FOUND,
        releases.ReleaseOvertaken: HTTPStatus.CONFLICT,
        releases.ReleaseOutdated: HTTPStatus.CONFLICT,
        releases.ReportFolderTaken: HTTPStatus.CONFLICT,
        releases.TableNotFound: HTTPStatus.NOT_FOUND,
        reconciliation.PayoutNotFound: HTTPStatus.NOT_FOUND,
        reconciliation.PayoutFailed: HTTPStatus.CONFLICT,
        reconciliation.SettlementLineUnfit: HTTPStatus.CONFLICT,
        reconciliation.PayoutPaid: HTTPStatus.CONFLICT,
        reconciliation.SellerUnclear: HTTPStatus.UNPROCESSABLE_ENTITY,
        reconciliation.SettlementFileKnown: HTTPStatus.CONFLICT,
        reconciliation.SettlementFileNotFound: HTTPStatus.NOT_FOUND,
        reconciliation.SettlementFileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        pricing.AmountTooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
        pricing.CouponNotApplicable: HTTPStatus.UNPROCESSABLE_ENTITY,
        customers.TrialAlreadyUsed: HTTPStatus.UNPROCESSABLE_ENTITY,
        pricing.QuantityRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        subscriptions.AddOnRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        subscriptions.AgreementsRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        TooManyLines: HTTPStatus.UNPROCESSABLE_ENTITY,
        subscriptions.PayerIpRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        einvoice.EinvoiceNotInstalled: HTTPStatus.NOT_IMPLEMENTED,
        refusals.Internal: HTTPStatus.INTERNAL_SERVER_ERROR,
        payments.CardLimitReached: HTTPStatus.TOO_MANY_REQUESTS,
        payments.TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
        purchases.TooManyCouponTries: HTTPStatus.TOO_MANY_REQUESTS,
        refusals.DependencyUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        FontsMissing: HTTPStatus.SERVICE_UNAVAILABLE,
        refusals.ProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        refusals.PersonUnreadable: HTTPStatus.SERVICE_UNAVAILABLE,
        invoicing.DocumentUnreadable: HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
RETRY_AFTER_SECONDS: Final[Mapping[type[Rejected], int]] = MappingProxyType(
    {
        refusals.DependencyUnavailable: 1,
        refusals.ProviderUnavailable: 60,
        payments.AccountsUnavailable: 30,
        payments.PspAccountNotLoaded: 30,
    }
)
RETRY_AFTER: Final = "retry_after_seconds"
"""The fact of a refusal that knows better when to come back."""
# Chance, not the request, made these refusals: a repeat with the same key may go through.
NOT_STORED: Final = frozenset(
    {
        access.IdempotencyKeyReused,
        ledger.CreditExhausted,
        payments.PspAccountNotLoaded,
        refusals.ProviderUnavailable,
    }
)
_BEARER: Final = 'Bearer realm="ledgerline"'
_SIGNATURE: Final = 'Signature realm="events"'  # a provider signs, each in its own way
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class FieldProblem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a request; ``pointer`` (RFC 6901) says where."""

    pointer: str
    code: str
    detail: str


class Decline(Struct, frozen=True, kw_only=True):
    """Why a payer was refused, and what may help; ``message`` is fit to be shown to the payer."""

    reason: str
    retry: str
    message: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal (RFC 9457); ``code`` is stable, the texts are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] = []
    facts: dict[str, str | int | bool] = {}
    purchase: str | None = None
    subscription: str | None = None
    payment: str | None = None
    decline: Decline | None = None


def problem(refused: Rejected, *, request_id: str) -> Problem:
    """Render a refusal; its facts follow, with ids in their outside form."""
    kind = type(refused)
    title = (kind.__doc__ or kind.code).partition("\n")[0].rstrip(".")
    detail = refused.detail or title
    return Problem(
        type=f"/docs/errors/{refused.code}",
        title=title,
        status=status_of(refused),
        detail=detail,
        code=refused.code,
        request_id=request_id,
        errors=_errors(refused, detail),
        facts=_facts(refused),
    )


def headers_of(refused: Rejected) -> dict[str, str]:
    """Return the headers that HTTP asks for beside a refusal, by its status."""
    headers: dict[str, str] = {}
    seconds = refused.facts.get(RETRY_AFTER, RETRY_AFTER_SECONDS.get(type(refused)))
    if isinstance(seconds, int):
        headers["Retry-After"] = str(max(1, seconds))
    if status_of(refused) == HTTPStatus.UNAUTHORIZED:
        signed = isinstance(refused, payments.SignatureRefused)
        headers["WWW-Authenticate"] = _SIGNATURE if signed else _BEARER
    if isinstance(refused, refusals.MethodNotAllowed):
        headers["Allow"] = str(refused.facts["allow"])
    return headers


def status_of(refused: Rejected) -> int:
    """Return the HTTP status of a refusal; one that is not in the table is a defect."""
    assert type(refused) in STATUS, type(refused)
    return STATUS[type(refused)].value


def is_stored(refused: Rejected) -> bool:
    """Tell whether an idempotency key keeps this refusal: a rule gave it, not chance."""
    stored = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    return type(refused) not in NOT_STORED and STATUS[type(refused)] in stored


def _errors(refused: Rejected, detail: str) -> list[FieldProblem]:
    """List what is wrong where: every mistake of a body, or the one place a rule refused."""
    mistakes = refused.facts.get("mistakes")
    if isinstance(mistakes, tuple):
        return [
            FieldProblem(pointer=one.pointer, code=one.kind.code, detail=one.detail)
            for one in mistakes
        ]
    pointer = refused.facts.get("pointer")
    if not isinstance(pointer, str):
        return []
    return [FieldProblem(pointer=pointer, code=refused.code, detail=detail)]


def _facts(refused: Rejected) -> dict[str, str | int | bool]:
    shown: dict[str, str | int | bool] = {}
    for name, value in refused.facts.items():
        if name == "pointer" or not isinstance(value, str | int):
            continue
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            shown[name] = value
        elif name in ids.PREFIXES:
            shown[name] = ids.encode(ids.PREFIXES[name], UUID(value))
    return shown
