-- Written by `python -m tests.architecture.dump` from the migrations. Do not edit, do not install.

CREATE SCHEMA lake;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only or this column is frozen', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TABLE public.account (
    code text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT account_kind CHECK ((kind = ANY (ARRAY['asset'::text, 'liability'::text, 'revenue'::text, 'expense'::text])))
);

COMMENT ON TABLE public.account IS 'ledger: the chart of accounts';

CREATE TABLE public.add_on_rule (
    base_plan_code text NOT NULL,
    add_on_plan_code text NOT NULL
);

COMMENT ON TABLE public.add_on_rule IS 'catalog: which add-on plans can be bought with which base plan';

CREATE TABLE public.agreement (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    kind text NOT NULL,
    text_version text NOT NULL,
    language text,
    accepted_at timestamp with time zone NOT NULL,
    channel text NOT NULL,
    ip_hash bytea,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT agreement_channel CHECK ((channel = ANY (ARRAY['api'::text, 'checkout'::text, 'portal'::text]))),
    CONSTRAINT agreement_kind CHECK ((kind = ANY (ARRAY['order_button'::text, 'renewal'::text, 'withdrawal'::text, 'terms'::text, 'mandate'::text, 'withdrawal_waiver'::text, 'renewal_consent'::text, 'price_increase'::text]))),
    CONSTRAINT agreement_language CHECK ((language ~ '^[a-z]{2,3}$'::text))
);

COMMENT ON TABLE public.agreement IS 'subscriptions: which text a payer was told or accepted, when and how; append-only';

CREATE TABLE public.allocation (
    bucket smallint NOT NULL,
    invoice_id uuid NOT NULL,
    no smallint NOT NULL,
    source_kind text NOT NULL,
    source_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    effective_on date NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT allocation_amount CHECK ((amount_minor <> 0)),
    CONSTRAINT allocation_no CHECK ((no >= 1)),
    CONSTRAINT allocation_source CHECK ((source_kind = ANY (ARRAY['payment'::text, 'credit'::text, 'credit_note'::text, 'dispute'::text])))
);

COMMENT ON TABLE public.allocation IS 'invoicing: what settles an invoice, and where it came from; append-only';

CREATE TABLE public.amount_limit (
    role text NOT NULL,
    currency text NOT NULL,
    limit_minor bigint NOT NULL,
    CONSTRAINT amount_limit_minor CHECK ((limit_minor >= 0)),
    CONSTRAINT amount_limit_role CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'finance'::text, 'support_lead'::text, 'support'::text, 'developer'::text, 'auditor'::text])))
);

COMMENT ON TABLE public.amount_limit IS 'access: how much a role may give back at once, where it is not the usual';

CREATE TABLE public.api_key (
    id text NOT NULL,
    principal text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    used_on date,
    CONSTRAINT api_key_expiry CHECK ((expires_at > created_at)),
    CONSTRAINT api_key_no_person CHECK (("left"(principal, 4) <> 'per_'::text)),
    CONSTRAINT api_key_scopes CHECK ((('read'::text = ANY (scopes)) AND (scopes <@ '{read,write}'::text[])))
);

COMMENT ON TABLE public.api_key IS 'access: who may call the API, what they may do and until when';

CREATE TABLE public.attempt (
    bucket smallint NOT NULL,
    payment_id uuid NOT NULL,
    id uuid NOT NULL,
    ordinal smallint NOT NULL,
    psp_account text NOT NULL,
    psp_token text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    initiator text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    resolve_at timestamp with time zone,
    looks smallint NOT NULL,
    unknown_since timestamp with time zone,
    ended_at timestamp with time zone,
    evidence_no smallint,
    category text,
    psp_code text,
    psp_ref text,
    request_digest bytea,
    resume_at timestamp with time zone,
    resume_awaits boolean,
    adopted_from uuid,
    decision_id uuid,
    return_url text,
    challenge boolean DEFAULT false NOT NULL,
    action_sealed bytea,
    action_expires_at timestamp with time zone,
    mandate_id uuid,
    notice_no smallint,
    due_on date,
    CONSTRAINT attempt_action CHECK ((((state = 'requires_action'::text) = (action_sealed IS NOT NULL)) AND ((action_sealed IS NULL) = (action_expires_at IS NULL)) AND ((action_sealed IS NULL) OR (return_url IS NOT NULL)))),
    CONSTRAINT attempt_adopted CHECK (((adopted_from IS NULL) OR (request_digest IS NULL))),
    CONSTRAINT attempt_amount CHECK ((amount_minor > 0)),
    CONSTRAINT attempt_asks_payer CHECK ((((return_url IS NULL) AND (NOT challenge)) OR (initiator = 'customer'::text))),
    CONSTRAINT attempt_decided CHECK (((decision_id IS NULL) = (adopted_from IS NOT NULL))),
    CONSTRAINT attempt_digest CHECK ((octet_length(request_digest) = 32)),
    CONSTRAINT attempt_due CHECK ((((notice_no IS NULL) = (due_on IS NULL)) AND ((due_on IS NULL) OR (mandate_id IS NOT NULL)))),
    CONSTRAINT attempt_initiator CHECK ((initiator = ANY (ARRAY['customer'::text, 'merchant'::text]))),
    CONSTRAINT attempt_live_resolves CHECK (((state = ANY (ARRAY['sent'::text, 'unknown'::text, 'requires_action'::text])) = (resolve_at IS NOT NULL))),
    CONSTRAINT attempt_over_forgets CHECK (((evidence_no IS NULL) OR (return_url IS NULL))),
    CONSTRAINT attempt_resume CHECK ((((resume_at IS NULL) = (resume_awaits IS NULL)) AND ((resume_at IS NULL) OR (initiator = 'customer'::text)))),
    CONSTRAINT attempt_terminal_has_evidence CHECK ((((state = ANY (ARRAY['succeeded'::text, 'declined'::text, 'not_executed'::text])) = (evidence_no IS NOT NULL)) AND ((evidence_no IS NULL) = (ended_at IS NULL)))),
    CONSTRAINT attempt_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created sent","sent sent sent","sent pending sent","sent answer_lost unknown","sent action_asked requires_action","unknown action_asked requires_action","requires_action sent sent","requires_action action_asked requires_action","requires_action pending sent","requires_action answer_lost unknown","requires_action confirmed succeeded","requires_action declined declined","requires_action proven_absent not_executed","sent confirmed succeeded","sent declined declined","sent proven_absent not_executed","unknown sent unknown","unknown pending sent","unknown answer_lost unknown","unknown confirmed succeeded","unknown declined declined","unknown proven_absent not_executed"}'::text[])))
)
WITH (fillfactor='85');

COMMENT ON TABLE public.attempt IS 'payments: one try of a payment at one provider with one key';

CREATE TABLE public.attempt_authentication (
    bucket smallint NOT NULL,
    attempt_id uuid NOT NULL,
    version text,
    challenged boolean,
    status text,
    eci text,
    transaction_id text,
    liability_shifted boolean,
    recorded_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT attempt_authentication_status CHECK ((status ~ '^[A-Z]$'::text))
);

COMMENT ON TABLE public.attempt_authentication IS 'payments: how an issuer authenticated a payer; append-only';

CREATE TABLE public.attempt_evidence (
    bucket smallint NOT NULL,
    attempt_id uuid NOT NULL,
    no smallint NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    psp_ref text,
    psp_code text,
    currency text,
    amount_minor bigint,
    recorded_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT attempt_evidence_kind CHECK ((kind = ANY ('{response,transport,withdrawn,status_query,webhook,settlement_line,void_confirmed,operator}'::text[]))),
    CONSTRAINT attempt_evidence_outcome CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'declined'::text, 'not_executed'::text])))
);

COMMENT ON TABLE public.attempt_evidence IS 'payments: what closed an attempt, or contradicts it; append-only';

CREATE TABLE public.audit_entry (
    id uuid NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    route text NOT NULL,
    object_kind text,
    object_id uuid,
    customer_id uuid,
    key text,
    before jsonb,
    after jsonb,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT audit_entry_object CHECK (((object_kind IS NULL) = (object_id IS NULL))),
    CONSTRAINT audit_entry_said CHECK (((actor <> ''::text) AND (act <> ''::text) AND (route <> ''::text)))
);

COMMENT ON TABLE public.audit_entry IS 'access: what each person did, through which route; append-only';

CREATE TABLE public.bill_parked (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    parked_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.bill_parked IS 'invoicing: subscriptions a billing run parked, and why';

CREATE TABLE public.bill_run (
    id uuid NOT NULL,
    as_of timestamp with time zone NOT NULL,
    invoiced bigint DEFAULT 0 NOT NULL,
    ended bigint DEFAULT 0 NOT NULL,
    parked bigint DEFAULT 0 NOT NULL,
    began_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    counted_at timestamp with time zone
);

COMMENT ON TABLE public.bill_run IS 'invoicing: one run of the billing job and what it did';

CREATE TABLE public.billing_pause (
    id uuid NOT NULL,
    paused_by text NOT NULL,
    reason text NOT NULL,
    paused_at timestamp with time zone NOT NULL,
    done_before bigint NOT NULL,
    resumed_by text,
    resumed_at timestamp with time zone,
    done_after bigint,
    CONSTRAINT billing_pause_order CHECK ((resumed_at >= paused_at)),
    CONSTRAINT billing_pause_resumed CHECK ((num_nulls(resumed_by, resumed_at, done_after) = ANY (ARRAY[0, 3]))),
    CONSTRAINT billing_pause_said CHECK (((paused_by <> ''::text) AND (reason <> ''::text) AND (resumed_by <> ''::text)))
);

COMMENT ON TABLE public.billing_pause IS 'invoicing: when people let no run bill, and how much all runs had done before and after';

CREATE TABLE public.bulk_job (
    id uuid NOT NULL,
    kind text NOT NULL,
    chosen text NOT NULL,
    as_of timestamp with time zone NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    is_large boolean NOT NULL,
    started_by text,
    started_at timestamp with time zone,
    paused_at timestamp with time zone,
    canceled_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT bulk_job_ended CHECK (((ended_at IS NULL) OR ((started_at IS NOT NULL) AND (canceled_at IS NULL)))),
    CONSTRAINT bulk_job_four_eyes CHECK (((started_by IS NULL) OR (NOT is_large) OR (lower(btrim(started_by)) <> lower(btrim(asked_by))))),
    CONSTRAINT bulk_job_kind CHECK ((kind = ANY (ARRAY['charge_invoices'::text, 'cancel_subscriptions'::text]))),
    CONSTRAINT bulk_job_paused CHECK (((paused_at IS NULL) OR (started_at IS NOT NULL))),
    CONSTRAINT bulk_job_started CHECK (((started_by IS NULL) = (started_at IS NULL)))
);

COMMENT ON TABLE public.bulk_job IS 'bulk: one act on many objects, as they were chosen';

CREATE TABLE public.bulk_row (
    job_id uuid NOT NULL,
    no integer NOT NULL,
    subject_id uuid NOT NULL,
    customer_id uuid,
    amount_minor bigint,
    currency text,
    outcome text,
    reason text NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT bulk_row_amount CHECK (((amount_minor IS NULL) = (currency IS NULL))),
    CONSTRAINT bulk_row_ended CHECK (((outcome IS NULL) = (ended_at IS NULL))),
    CONSTRAINT bulk_row_outcome CHECK ((outcome = ANY (ARRAY['excluded'::text, 'done'::text, 'refused'::text])))
);

COMMENT ON TABLE public.bulk_row IS 'bulk: an object of a job, and how it ended';

CREATE TABLE public.card_notice (
    bucket smallint NOT NULL,
    payment_method_id uuid NOT NULL,
    expires_on date NOT NULL,
    days smallint NOT NULL,
    due_at timestamp with time zone,
    told_at timestamp with time zone,
    CONSTRAINT card_notice_days CHECK ((days >= 1)),
    CONSTRAINT card_notice_once CHECK (((due_at IS NULL) OR (told_at IS NULL)))
);

COMMENT ON TABLE public.card_notice IS 'payments: what a payer is told before a card expires';

CREATE TABLE public.catalog_part (
    kind text NOT NULL,
    code text NOT NULL,
    release_no integer NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT catalog_part_hash CHECK ((hash = sha256(body))),
    CONSTRAINT catalog_part_kind CHECK ((kind = ANY (ARRAY['seller'::text, 'market'::text, 'plan'::text, 'tax'::text])))
);

COMMENT ON TABLE public.catalog_part IS 'catalog: what documents say of sellers, markets, plans and taxes, from a release on; append-only';

CREATE TABLE public.catalog_release (
    no integer NOT NULL,
    loaded_at timestamp with time zone NOT NULL,
    CONSTRAINT catalog_release_positive CHECK ((no >= 1))
);

COMMENT ON TABLE public.catalog_release IS 'catalog: the loads that changed what documents say; append-only';

CREATE TABLE public.checkout_session (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    plan_code text NOT NULL,
    quantity integer NOT NULL,
    add_ons text NOT NULL,
    coupon_code text,
    with_trial boolean NOT NULL,
    return_url text,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    coupon_tries integer DEFAULT 0 NOT NULL,
    CONSTRAINT checkout_session_coupon_tries CHECK ((coupon_tries >= 0)),
    CONSTRAINT checkout_session_expires CHECK ((expires_at > created_at)),
    CONSTRAINT checkout_session_quantity CHECK (((quantity >= 1) AND (quantity <= 100000))),
    CONSTRAINT checkout_session_returns CHECK ((return_url ~ '^https?://'::text))
);

COMMENT ON TABLE public.checkout_session IS 'purchases: an order that waits for its buyer on a page of ours';

CREATE TABLE public.collection_policy (
    market_code text NOT NULL,
    version integer NOT NULL,
    retry_days jsonb NOT NULL,
    tries_max integer NOT NULL,
    collect_days integer NOT NULL,
    grace_days integer NOT NULL,
    reminder_days jsonb NOT NULL,
    paydays jsonb NOT NULL,
    end_policy text NOT NULL,
    end_plans jsonb NOT NULL,
    learned_days jsonb NOT NULL,
    learned_collect_days integer NOT NULL,
    try_cost_minor bigint NOT NULL,
    CONSTRAINT collection_policy_days CHECK (((collect_days >= 1) AND (collect_days <= 90))),
    CONSTRAINT collection_policy_end CHECK ((end_policy = ANY (ARRAY['cancel'::text, 'write_off'::text, 'downgrade'::text, 'pause'::text]))),
    CONSTRAINT collection_policy_end_plans CHECK (((jsonb_typeof(end_plans) = 'array'::text) AND ((end_policy = 'downgrade'::text) = (end_plans <> '[]'::jsonb)))),
    CONSTRAINT collection_policy_grace CHECK (((grace_days >= 1) AND (grace_days <= 30))),
    CONSTRAINT collection_policy_learned CHECK (((jsonb_typeof(learned_days) = 'array'::text) AND ((learned_days = '[]'::jsonb) OR ((learned_collect_days >= collect_days) AND (learned_collect_days <= 90))))),
    CONSTRAINT collection_policy_paydays CHECK ((jsonb_typeof(paydays) = 'array'::text)),
    CONSTRAINT collection_policy_reminder_days CHECK ((jsonb_typeof(reminder_days) = 'array'::text)),
    CONSTRAINT collection_policy_retry_days CHECK ((jsonb_typeof(retry_days) = 'array'::text)),
    CONSTRAINT collection_policy_tries CHECK (((tries_max >= 1) AND (tries_max <= 8))),
    CONSTRAINT collection_policy_try_cost CHECK ((try_cost_minor >= 0)),
    CONSTRAINT collection_policy_version CHECK ((version >= 1))
);

COMMENT ON TABLE public.collection_policy IS 'catalog: how a market collects what was refused; append-only';

CREATE TABLE public.coupon (
    code text NOT NULL,
    percent_ppm integer,
    amount_minor bigint,
    currency text,
    periods integer,
    CONSTRAINT coupon_amount CHECK ((amount_minor > 0)),
    CONSTRAINT coupon_currency CHECK (((amount_minor IS NULL) = (currency IS NULL))),
    CONSTRAINT coupon_one_effect CHECK (((percent_ppm IS NULL) <> (amount_minor IS NULL))),
    CONSTRAINT coupon_percent CHECK (((percent_ppm >= 1) AND (percent_ppm <= 1000000))),
    CONSTRAINT coupon_periods CHECK ((periods > 0))
);

COMMENT ON TABLE public.coupon IS 'catalog: discounts by code';

CREATE TABLE public.cover (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    component text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    customer_id uuid NOT NULL,
    family text NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    paid_until timestamp with time zone NOT NULL,
    reason text NOT NULL,
    invoice_id uuid NOT NULL,
    CONSTRAINT cover_period CHECK (((starts_at <= ends_at) AND (ends_at <= paid_until))),
    CONSTRAINT cover_reason CHECK ((reason = ANY (ARRAY['paid'::text, 'trial'::text, 'grace'::text, 'comp'::text])))
);

COMMENT ON TABLE public.cover IS 'entitlements: what a customer may use, from when to when, and why';

CREATE TABLE public.credit_lot (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    seller_code text NOT NULL,
    currency text NOT NULL,
    source_kind text NOT NULL,
    source_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    remaining_minor bigint NOT NULL,
    expires_on date,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT credit_lot_amount CHECK ((amount_minor > 0)),
    CONSTRAINT credit_lot_remaining CHECK (((remaining_minor >= 0) AND (remaining_minor <= amount_minor))),
    CONSTRAINT credit_lot_source CHECK ((source_kind = 'credit_note'::text))
);

COMMENT ON TABLE public.credit_lot IS 'ledger: credit of a customer by what gave it; what is left sums to the account';

CREATE TABLE public.credit_note (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    seller_code text NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    settles text NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    issued_on date NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    series_id uuid NOT NULL,
    release_no integer NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT credit_note_foots CHECK ((((net_minor + tax_minor) = total_minor) AND (total_minor > 0))),
    CONSTRAINT credit_note_reason CHECK ((reason = ANY (ARRAY['plan_changed'::text, 'canceled'::text, 'uncollectible'::text, 'refund'::text, 'refund_failed'::text, 'late_change'::text, 'goodwill'::text]))),
    CONSTRAINT credit_note_settles CHECK ((settles = ANY (ARRAY['receivable'::text, 'customer_credit'::text])))
);

COMMENT ON TABLE public.credit_note IS 'invoicing: the only correction of an issued invoice; append-only';

CREATE TABLE public.customer (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    market_code text NOT NULL,
    zone text NOT NULL,
    locale text NOT NULL,
    email_sealed bytea,
    email_hash bytea,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    external_id text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT customer_bucket CHECK (((bucket >= 0) AND (bucket <= 4095))),
    CONSTRAINT customer_email CHECK ((((email_sealed IS NULL) = (email_hash IS NULL)) AND (octet_length(email_hash) = 32))),
    CONSTRAINT customer_erased CHECK (((erased_at IS NULL) OR ((email_sealed IS NULL) AND (metadata = '{}'::jsonb) AND (external_id IS NULL)))),
    CONSTRAINT customer_metadata CHECK ((jsonb_typeof(metadata) = 'object'::text))
);

COMMENT ON TABLE public.customer IS 'customers: who pays; personal data sealed under the customer''s own key';

CREATE TABLE public.customer_key (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    wrapped bytea NOT NULL
);

COMMENT ON TABLE public.customer_key IS 'customers: one wrapped data key each; deleting it erases the customer';

CREATE TABLE public.customer_note (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    author text NOT NULL,
    said_sealed bytea NOT NULL,
    written_at timestamp with time zone NOT NULL,
    CONSTRAINT customer_note_author CHECK ((author <> ''::text))
);

COMMENT ON TABLE public.customer_note IS 'customers: what a colleague wrote about a customer, under the customer''s key';

CREATE TABLE public.customer_version (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    version integer NOT NULL,
    locale text NOT NULL,
    buyer_sealed bytea,
    country text,
    tax_status text NOT NULL,
    place_evidence jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT customer_version_country CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT customer_version_first CHECK (((version > 1) OR (buyer_sealed IS NOT NULL))),
    CONSTRAINT customer_version_locale CHECK ((locale <> ''::text)),
    CONSTRAINT customer_version_number CHECK ((version >= 1)),
    CONSTRAINT customer_version_place_evidence CHECK ((jsonb_typeof(place_evidence) = 'array'::text)),
    CONSTRAINT customer_version_tax_status CHECK ((tax_status = ANY (ARRAY['consumer'::text, 'business'::text])))
);

COMMENT ON TABLE public.customer_version IS 'customers: who the buyer was, as documents name them; append-only';

CREATE TABLE public.dataset_close (
    month date NOT NULL,
    no smallint NOT NULL,
    release_no integer NOT NULL,
    actor text NOT NULL,
    closed_at timestamp with time zone NOT NULL,
    CONSTRAINT dataset_close_month CHECK ((month = (date_trunc('month'::text, (month)::timestamp without time zone))::date)),
    CONSTRAINT dataset_close_no CHECK ((no >= 1))
);

COMMENT ON TABLE public.dataset_close IS 'releases: months whose tables are closed, and the release that says what they were; append-only';

CREATE TABLE public.dataset_headline (
    release_no integer NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT dataset_headline_body CHECK ((jsonb_typeof(body) = 'object'::text))
);

COMMENT ON TABLE public.dataset_headline IS 'releases: what the current release says in short, for pages that open no lake';

CREATE TABLE public.dataset_interval (
    no integer NOT NULL,
    epoch text NOT NULL,
    since bigint,
    until bigint NOT NULL,
    read_at timestamp with time zone NOT NULL,
    extracts jsonb NOT NULL,
    CONSTRAINT dataset_interval_extracts CHECK ((jsonb_typeof(extracts) = 'object'::text)),
    CONSTRAINT dataset_interval_no CHECK ((no >= 1)),
    CONSTRAINT dataset_interval_span CHECK ((since < until))
);

COMMENT ON TABLE public.dataset_interval IS 'releases: closed intervals of transactions and the files that hold them; append-only';

CREATE TABLE public.dataset_lease (
    name text NOT NULL,
    token uuid,
    holder text,
    taken_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT dataset_lease_held CHECK (((token IS NULL) = (holder IS NULL)))
);

COMMENT ON TABLE public.dataset_lease IS 'releases: who writes into the lake, and until when nobody else may';

CREATE TABLE public.dataset_release (
    no integer NOT NULL,
    interval_no integer NOT NULL,
    business_day date NOT NULL,
    code_version text NOT NULL,
    engine text NOT NULL,
    tables jsonb NOT NULL,
    checks jsonb NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    restated date[] NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT dataset_release_checks CHECK ((jsonb_typeof(checks) = 'array'::text)),
    CONSTRAINT dataset_release_no CHECK ((no >= 1)),
    CONSTRAINT dataset_release_tables CHECK ((jsonb_typeof(tables) = 'object'::text))
);

COMMENT ON TABLE public.dataset_release IS 'releases: which snapshot of each table is published together; append-only';

CREATE TABLE public.dataset_retired_interval (
    interval_no integer NOT NULL,
    retired_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.dataset_retired_interval IS 'releases: intervals all of whose rows a later one holds, so that their files go; append-only';

CREATE TABLE public.dataset_retired_release (
    release_no integer NOT NULL,
    retired_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.dataset_retired_release IS 'releases: releases that are read no more, so that their files go; append-only';

CREATE TABLE public.dataset_run (
    no integer NOT NULL,
    holder text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    said text NOT NULL,
    release_no integer,
    next_at timestamp with time zone,
    CONSTRAINT dataset_run_no CHECK ((no >= 1)),
    CONSTRAINT dataset_run_outcome CHECK ((outcome = ANY (ARRAY['released'::text, 'unchanged'::text, 'refused'::text, 'stopped'::text]))),
    CONSTRAINT dataset_run_released CHECK (((outcome = 'released'::text) = (release_no IS NOT NULL))),
    CONSTRAINT dataset_run_span CHECK ((began_at <= ended_at))
);

COMMENT ON TABLE public.dataset_run IS 'releases: what each run of the data sets came to; append-only';

CREATE TABLE public.debit_notice (
    bucket smallint NOT NULL,
    payment_id uuid NOT NULL,
    no smallint NOT NULL,
    mandate_id uuid NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    due_on date NOT NULL,
    notice_days smallint NOT NULL,
    notice_unit text NOT NULL,
    given_on date NOT NULL,
    earliest_on date NOT NULL,
    given_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT debit_notice_amount CHECK ((amount_minor > 0)),
    CONSTRAINT debit_notice_in_time CHECK (((notice_days >= 1) AND ((earliest_on - given_on) >= notice_days) AND (due_on >= earliest_on))),
    CONSTRAINT debit_notice_unit CHECK ((notice_unit = ANY (ARRAY['day'::text, 'bank_day'::text])))
);

COMMENT ON TABLE public.debit_notice IS 'payments: what a payer was told before a debit; append-only';

CREATE TABLE public.decision (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    policy_version integer NOT NULL,
    rule text NOT NULL,
    candidates jsonb NOT NULL,
    chosen text,
    decided_at timestamp with time zone NOT NULL,
    features jsonb,
    learned jsonb,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT decision_candidates CHECK ((jsonb_typeof(candidates) = 'array'::text)),
    CONSTRAINT decision_features CHECK (((features IS NULL) OR ((kind = ANY (ARRAY['route'::text, 'retry'::text])) AND (jsonb_typeof(features) = 'object'::text)))),
    CONSTRAINT decision_kind CHECK ((kind = ANY (ARRAY['route'::text, 'authentication'::text, 'retry'::text]))),
    CONSTRAINT decision_learned CHECK (((learned IS NULL) OR ((features IS NOT NULL) AND (jsonb_typeof(learned) = 'object'::text)))),
    CONSTRAINT decision_policy_version CHECK ((policy_version >= 0))
);

COMMENT ON TABLE public.decision IS 'payments: what was chosen among what, by which policy; append-only';

CREATE TABLE public.default_method (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    payment_method_id uuid NOT NULL
);

COMMENT ON TABLE public.default_method IS 'payments: what a customer is charged by unless something else is named';

CREATE TABLE public.dispute (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    seller_code text NOT NULL,
    psp_account text NOT NULL,
    psp_ref text,
    kind text NOT NULL,
    stage text NOT NULL,
    reason text NOT NULL,
    reason_code text,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    held_minor bigint NOT NULL,
    over_minor bigint NOT NULL,
    offset_minor bigint NOT NULL,
    reopened_minor bigint NOT NULL,
    machine text DEFAULT 'dispute'::text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    due_by timestamp with time zone,
    told_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    fact_no smallint NOT NULL,
    event_seq integer NOT NULL,
    CONSTRAINT dispute_amount CHECK ((amount_minor > 0)),
    CONSTRAINT dispute_kind CHECK ((kind = ANY (ARRAY['card'::text, 'wallet_claim'::text, 'bank_return'::text]))),
    CONSTRAINT dispute_machine CHECK ((machine = 'dispute'::text)),
    CONSTRAINT dispute_parts CHECK (((held_minor >= 0) AND (over_minor >= 0) AND (offset_minor >= 0) AND ((reopened_minor >= 0) AND (reopened_minor <= held_minor)) AND (((held_minor + over_minor) + offset_minor) =
CASE
    WHEN (state = ANY (ARRAY['needs_response'::text, 'under_review'::text, 'expired'::text, 'accepted'::text, 'lost'::text])) THEN amount_minor
    ELSE (0)::bigint
END))),
    CONSTRAINT dispute_reopened CHECK (((reopened_minor = 0) OR (state = ANY (ARRAY['accepted'::text, 'lost'::text])))),
    CONSTRAINT dispute_stage CHECK ((stage = ANY (ARRAY['inquiry'::text, 'formal'::text, 'pre_arbitration'::text, 'arbitration'::text])))
);

COMMENT ON TABLE public.dispute IS 'payments: what a payer or bank takes back of a charge; held within what was captured, or over it';

CREATE TABLE public.dispute_draw (
    bucket smallint NOT NULL,
    dispute_id uuid NOT NULL,
    no smallint NOT NULL,
    lot_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT dispute_draw_amount CHECK ((amount_minor <> 0))
);

COMMENT ON TABLE public.dispute_draw IS 'payments: credit of a refund that came back, which a dispute had paid already; append-only';

CREATE TABLE public.dispute_evidence (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    dispute_id uuid NOT NULL,
    psp_account text NOT NULL,
    dispute_ref text NOT NULL,
    stage text NOT NULL,
    defence text,
    pack bytea,
    pack_hash bytea NOT NULL,
    request_digest bytea,
    sent_by text NOT NULL,
    machine text DEFAULT 'dispute_evidence'::text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    psp_code text,
    looks smallint NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    resolve_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT dispute_evidence_digest CHECK ((octet_length(request_digest) = 32)),
    CONSTRAINT dispute_evidence_hash CHECK ((octet_length(pack_hash) = 32)),
    CONSTRAINT dispute_evidence_live_resolves CHECK (((state = ANY (ARRAY['sent'::text, 'unknown'::text])) = (resolve_at IS NOT NULL))),
    CONSTRAINT dispute_evidence_machine CHECK ((machine = 'dispute_evidence'::text)),
    CONSTRAINT dispute_evidence_over_forgets CHECK ((((resolve_at IS NOT NULL) = (pack IS NOT NULL)) AND ((resolve_at IS NULL) = (ended_at IS NOT NULL)))),
    CONSTRAINT dispute_evidence_stage CHECK ((stage = ANY (ARRAY['inquiry'::text, 'formal'::text, 'pre_arbitration'::text, 'arbitration'::text])))
);

COMMENT ON TABLE public.dispute_evidence IS 'payments: what was sent to the provider of a dispute, once a stage; the pack until that ended';

CREATE TABLE public.dispute_fact (
    bucket smallint NOT NULL,
    dispute_id uuid NOT NULL,
    no smallint CONSTRAINT dispute_fact_no_not_null1 NOT NULL,
    fact_key text NOT NULL,
    event text NOT NULL,
    source text NOT NULL,
    applied boolean NOT NULL,
    amount_minor bigint NOT NULL,
    taken_minor bigint NOT NULL,
    given_minor bigint NOT NULL,
    occurred_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    note text NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT dispute_fact_moved CHECK (((taken_minor >= 0) AND (given_minor >= 0))),
    CONSTRAINT dispute_fact_source CHECK ((source = ANY (ARRAY['webhook'::text, 'settlement_line'::text, 'operator'::text, 'clock'::text, 'refund'::text, 'response'::text])))
);

COMMENT ON TABLE public.dispute_fact IS 'payments: what was told of a dispute or done about it, and what that moved; append-only';

CREATE TABLE public.dispute_policy (
    kind text NOT NULL,
    when_lost text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    CONSTRAINT dispute_policy_kind CHECK ((kind = ANY (ARRAY['card'::text, 'wallet_claim'::text, 'bank_return'::text]))),
    CONSTRAINT dispute_policy_when_lost CHECK ((when_lost = ANY (ARRAY['absorb'::text, 'recollect'::text])))
);

COMMENT ON TABLE public.dispute_policy IS 'payments: what follows when a dispute of a kind is lost, where that is not the default';

CREATE TABLE public.document_body (
    bucket smallint NOT NULL,
    document_id uuid NOT NULL,
    series_id uuid NOT NULL,
    kind text NOT NULL,
    sealed bytea NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT document_body_kind CHECK ((kind = ANY (ARRAY['invoice'::text, 'simplified_invoice'::text, 'credit_note'::text, 'receipt'::text, 'refund_receipt'::text, 'refund_reversal'::text])))
);

COMMENT ON TABLE public.document_body IS 'invoicing: what a numbered document says, sealed under its retention key; append-only';

CREATE TABLE public.document_number (
    series_id uuid NOT NULL,
    "position" bigint NOT NULL,
    document_id uuid NOT NULL,
    bucket smallint NOT NULL,
    display text NOT NULL,
    stamped_at timestamp with time zone NOT NULL,
    body_hash bytea NOT NULL,
    hash bytea NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT document_number_hashes CHECK (((length(body_hash) = 32) AND (length(hash) = 32))),
    CONSTRAINT document_number_positive CHECK (("position" >= 1))
);

COMMENT ON TABLE public.document_number IS 'invoicing: the register of numbers, a chain of hashes a series; append-only';

CREATE TABLE public.einvoice_check (
    bucket smallint NOT NULL,
    document_id uuid NOT NULL,
    state text NOT NULL,
    findings jsonb NOT NULL,
    looks smallint NOT NULL,
    checked_at timestamp with time zone,
    CONSTRAINT einvoice_check_checked CHECK (((state = 'waiting'::text) = (checked_at IS NULL))),
    CONSTRAINT einvoice_check_findings CHECK ((jsonb_typeof(findings) = 'array'::text)),
    CONSTRAINT einvoice_check_looks CHECK ((looks >= 0)),
    CONSTRAINT einvoice_check_state CHECK ((state = ANY (ARRAY['waiting'::text, 'valid'::text, 'invalid'::text])))
);

COMMENT ON TABLE public.einvoice_check IS 'invoicing: whether the published rules accept a numbered document';

CREATE TABLE public.environment (
    one boolean DEFAULT true NOT NULL,
    kind text DEFAULT 'live'::text NOT NULL,
    instant timestamp with time zone,
    seed bigint DEFAULT 0 NOT NULL,
    kek_check bytea,
    made text DEFAULT 'whole'::text NOT NULL,
    CONSTRAINT environment_is_one_row CHECK (one),
    CONSTRAINT environment_kek_size CHECK ((octet_length(kek_check) = 32)),
    CONSTRAINT environment_kind CHECK ((kind = ANY (ARRAY['live'::text, 'sandbox'::text]))),
    CONSTRAINT environment_live_has_no_clock CHECK (((kind = 'sandbox'::text) OR (instant IS NULL))),
    CONSTRAINT environment_made CHECK ((made = ANY (ARRAY['half'::text, 'whole'::text, 'demo'::text])))
);

COMMENT ON TABLE public.environment IS 'base: what this database is; the virtual clock of a sandbox';

CREATE TABLE public.event (
    id uuid NOT NULL,
    bucket smallint NOT NULL,
    aggregate_id uuid NOT NULL,
    seq integer NOT NULL,
    kind text NOT NULL,
    customer_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    relayed_at timestamp with time zone,
    body jsonb,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT event_seq CHECK ((seq >= 1))
);

COMMENT ON TABLE public.event IS 'outbox: what happened, dense per aggregate';

CREATE TABLE public.evidence_proposal (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    psp_ref text,
    note text NOT NULL,
    file_sha256 bytea,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    ended_by text,
    ended_at timestamp with time zone,
    CONSTRAINT evidence_proposal_ended CHECK ((((state = 'proposed'::text) = (ended_at IS NULL)) AND ((state = ANY (ARRAY['approved'::text, 'withdrawn'::text])) = (ended_by IS NOT NULL)))),
    CONSTRAINT evidence_proposal_four_eyes CHECK (((state <> 'approved'::text) OR (lower(btrim(ended_by)) <> lower(btrim(proposed_by))))),
    CONSTRAINT evidence_proposal_kind CHECK ((kind = ANY (ARRAY['attempt'::text, 'refund'::text]))),
    CONSTRAINT evidence_proposal_named CHECK (((outcome <> 'succeeded'::text) OR (psp_ref IS NOT NULL))),
    CONSTRAINT evidence_proposal_outcome CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'declined'::text, 'not_executed'::text]))),
    CONSTRAINT evidence_proposal_sha256 CHECK ((octet_length(file_sha256) = 32)),
    CONSTRAINT evidence_proposal_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created proposed","proposed approved approved","proposed withdrawn withdrawn","proposed contradicted lapsed"}'::text[])))
);

COMMENT ON TABLE public.evidence_proposal IS 'payments: what a provider wrote of a charge or refund, which two people take for its end';

CREATE TABLE public.global_key (
    lookup_bucket smallint NOT NULL,
    kind text NOT NULL,
    key_hash bytea NOT NULL,
    bucket smallint NOT NULL,
    owner_id uuid,
    CONSTRAINT global_key_hash CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT global_key_kind CHECK ((kind = ANY (ARRAY['idempotency'::text, 'payment_token'::text, 'external_id'::text]))),
    CONSTRAINT global_key_lookup CHECK ((lookup_bucket = ((get_byte(key_hash, 0) * 16) + (get_byte(key_hash, 1) / 16)))),
    CONSTRAINT global_key_owner CHECK (((kind = 'idempotency'::text) OR (owner_id IS NOT NULL)))
);

COMMENT ON TABLE public.global_key IS 'access: what is unique across all customers, and whose it is';

CREATE TABLE public.idempotency_key (
    bucket smallint NOT NULL,
    principal text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    state text NOT NULL,
    subject_id uuid,
    status smallint,
    body bytea,
    customer_id uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_key_answer CHECK (((state = 'finished'::text) = (status IS NOT NULL))),
    CONSTRAINT idempotency_key_body CHECK ((((body IS NULL) OR (status IS NOT NULL)) AND ((status IS NULL) OR (body IS NOT NULL) OR (customer_id IS NOT NULL)))),
    CONSTRAINT idempotency_key_state CHECK ((state = ANY (ARRAY['waiting'::text, 'finished'::text]))),
    CONSTRAINT idempotency_key_subject CHECK (((state = 'finished'::text) OR (subject_id IS NOT NULL)))
);

COMMENT ON TABLE public.idempotency_key IS 'access: what a caller already asked for, and the answer until its customer is erased';

CREATE TABLE public.instrument (
    bucket smallint NOT NULL,
    payment_method_id uuid NOT NULL,
    psp_account text NOT NULL,
    psp_token text NOT NULL,
    state text NOT NULL,
    fingerprint_hash bytea,
    bin text,
    funding text,
    issuer_country text,
    expires_on date,
    nti_initial text,
    nti_last text,
    sca_ref text,
    first_cit_attempt uuid,
    setup_id uuid,
    no smallint DEFAULT 1 NOT NULL,
    mit_stopped_at timestamp with time zone,
    CONSTRAINT instrument_bin CHECK ((bin ~ '^[0-9]{6,8}$'::text)),
    CONSTRAINT instrument_funding CHECK ((funding = ANY (ARRAY['credit'::text, 'debit'::text, 'prepaid'::text]))),
    CONSTRAINT instrument_issuer_country CHECK ((issuer_country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT instrument_no CHECK ((no >= 1)),
    CONSTRAINT instrument_state CHECK ((state = ANY (ARRAY['active'::text, 'retired'::text])))
)
WITH (fillfactor='90');

COMMENT ON TABLE public.instrument IS 'payments: a method at one provider: its token and what is known of the card';

CREATE TABLE public.invoice (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    customer_version integer NOT NULL,
    subscription_id uuid NOT NULL,
    seller_code text NOT NULL,
    market_code text NOT NULL,
    currency text NOT NULL,
    cause text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    credited_minor bigint NOT NULL,
    issued_on date NOT NULL,
    due_on date NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    series_id uuid NOT NULL,
    release_no integer NOT NULL,
    paid_at timestamp with time zone,
    bill_run_id uuid,
    event_seq integer NOT NULL,
    CONSTRAINT invoice_cause CHECK ((cause = ANY (ARRAY['purchase'::text, 'renewal'::text, 'change'::text]))),
    CONSTRAINT invoice_credited CHECK (((credited_minor >= 0) AND (credited_minor <= total_minor))),
    CONSTRAINT invoice_foots CHECK (((net_minor + tax_minor) = total_minor)),
    CONSTRAINT invoice_paid CHECK (
CASE state
    WHEN 'paid'::text THEN (paid_at IS NOT NULL)
    WHEN 'void'::text THEN (paid_at IS NULL)
    WHEN 'open'::text THEN ((state_event = 'reopened'::text) = (paid_at IS NOT NULL))
    ELSE true
END),
    CONSTRAINT invoice_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created open","open settled paid","open voided void","open written_off uncollectible","paid reopened open"}'::text[])))
);

COMMENT ON TABLE public.invoice IS 'invoicing: the legal claim; immutable once issued but for its state';

CREATE TABLE public.invoice_line (
    period_start date NOT NULL,
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    item_no integer NOT NULL,
    kind text NOT NULL,
    invoice_id uuid NOT NULL,
    line_no smallint NOT NULL,
    component text NOT NULL,
    period_end date NOT NULL,
    grid_start date NOT NULL,
    grid_end date NOT NULL,
    plan_code text NOT NULL,
    price_id uuid NOT NULL,
    quantity integer NOT NULL,
    unit_num bigint NOT NULL,
    unit_den bigint NOT NULL,
    grid_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    currency text NOT NULL,
    tax_category text NOT NULL,
    tax_rate_ppm integer NOT NULL,
    tax_behavior text NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT invoice_line_foots CHECK (((net_minor + tax_minor) = gross_minor)),
    CONSTRAINT invoice_line_inside_grid CHECK (((grid_start <= period_start) AND (period_end <= grid_end))),
    CONSTRAINT invoice_line_kind CHECK ((kind = ANY (ARRAY['recurring'::text, 'trial'::text, 'fixed'::text]))),
    CONSTRAINT invoice_line_not_negative CHECK (((net_minor >= 0) AND (tax_minor >= 0))),
    CONSTRAINT invoice_line_period CHECK ((period_start < period_end)),
    CONSTRAINT invoice_line_unit CHECK (((unit_num >= 0) AND (unit_den >= 1)))
);

COMMENT ON TABLE public.invoice_line IS 'invoicing: what is claimed for which service time; append-only';

CREATE TABLE public.lease (
    job text NOT NULL,
    bucket_from smallint NOT NULL,
    bucket_to smallint NOT NULL,
    token uuid,
    holder text,
    expires_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT lease_range CHECK (((0 <= bucket_from) AND (bucket_from < bucket_to) AND (bucket_to <= 4096)))
);

COMMENT ON TABLE public.lease IS 'jobs: which worker holds which bucket range, fenced by its token';

CREATE TABLE public.ledger_period (
    seller_code text NOT NULL,
    month date NOT NULL,
    state text NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT ledger_period_closed CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT ledger_period_month CHECK ((month = (date_trunc('month'::text, (month)::timestamp without time zone))::date)),
    CONSTRAINT ledger_period_state CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

COMMENT ON TABLE public.ledger_period IS 'ledger: months of a seller''s books; one that is not here is open';

CREATE TABLE public.line_credit (
    period_start date NOT NULL,
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    item_no integer NOT NULL,
    kind text NOT NULL,
    seq smallint NOT NULL,
    credit_note_id uuid NOT NULL,
    credit_start date NOT NULL,
    credit_end date NOT NULL,
    gross_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    deferred_net_minor bigint NOT NULL,
    booked_on date NOT NULL,
    currency text NOT NULL,
    line_gross_minor bigint NOT NULL,
    cum_gross_minor bigint NOT NULL,
    cum_tax_minor bigint NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT line_credit_deferred CHECK (((deferred_net_minor >= 0) AND (deferred_net_minor <= net_minor))),
    CONSTRAINT line_credit_foots CHECK (((net_minor + tax_minor) = gross_minor)),
    CONSTRAINT line_credit_span CHECK ((credit_start < credit_end)),
    CONSTRAINT line_credit_within_line CHECK (((gross_minor > 0) AND ((cum_gross_minor >= gross_minor) AND (cum_gross_minor <= line_gross_minor))))
);

COMMENT ON TABLE public.line_credit IS 'invoicing: how much of a line was given back, over which days, cumulated; append-only';

CREATE TABLE public.mail (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    occasion integer NOT NULL,
    sequence smallint NOT NULL,
    customer_id uuid NOT NULL,
    told jsonb,
    occurred_at timestamp with time zone NOT NULL,
    written_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    reason text,
    tries smallint NOT NULL,
    due_at timestamp with time zone,
    ended_at timestamp with time zone,
    language text,
    facts jsonb,
    address_sealed bytea,
    CONSTRAINT mail_due CHECK (((state = ANY (ARRAY['waiting'::text, 'sending'::text])) = (due_at IS NOT NULL))),
    CONSTRAINT mail_ended CHECK (((due_at IS NULL) = (ended_at IS NOT NULL))),
    CONSTRAINT mail_reason CHECK (((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'sent'::text, 'shown'::text])) OR (reason IS NOT NULL))),
    CONSTRAINT mail_sequence CHECK (((sequence >= 1) AND (occasion >= 1))),
    CONSTRAINT mail_state CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'sent'::text, 'shown'::text, 'unknown'::text, 'bounced'::text, 'failed'::text, 'skipped'::text]))),
    CONSTRAINT mail_tries CHECK ((tries >= 0))
);

COMMENT ON TABLE public.mail IS 'mail: what a customer is written, once for each fact; bodies are rendered, not kept';

CREATE TABLE public.mail_block (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    address_hash bytea NOT NULL,
    reason text NOT NULL,
    blocked_at timestamp with time zone NOT NULL,
    CONSTRAINT mail_block_hash CHECK ((octet_length(address_hash) = 32))
);

COMMENT ON TABLE public.mail_block IS 'mail: an address that a server refused for good; nothing is sent there any more';

CREATE TABLE public.mandate (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    payment_method_id uuid NOT NULL,
    psp_account text NOT NULL,
    psp_token text NOT NULL,
    scheme text,
    reference text,
    notice_days smallint,
    text_version text,
    accepted_at timestamp with time zone,
    ip_hash bytea,
    machine text DEFAULT 'mandate'::text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    replaced_by text,
    last_debit_on date,
    lapses_on date,
    look_at timestamp with time zone,
    fact_no integer NOT NULL,
    event_seq integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT mandate_accepted CHECK (((text_version IS NULL) OR (accepted_at IS NOT NULL))),
    CONSTRAINT mandate_machine CHECK ((machine = 'mandate'::text)),
    CONSTRAINT mandate_notice CHECK ((notice_days >= 1)),
    CONSTRAINT mandate_replaced CHECK (((state = 'replaced'::text) = (replaced_by IS NOT NULL)))
)
WITH (fillfactor='90');

COMMENT ON TABLE public.mandate IS 'payments: what a payer lets be debited, and where that stands';

CREATE TABLE public.mandate_fact (
    bucket smallint NOT NULL,
    mandate_id uuid NOT NULL,
    no integer CONSTRAINT mandate_fact_no_not_null1 NOT NULL,
    fact_key text NOT NULL,
    event text NOT NULL,
    rank smallint NOT NULL,
    source text NOT NULL,
    cause text,
    replaced_by text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT mandate_fact_replaced CHECK (((event = 'replaced'::text) = (replaced_by IS NOT NULL))),
    CONSTRAINT mandate_fact_source CHECK ((source = ANY (ARRAY['webhook'::text, 'look'::text, 'clock'::text])))
);

COMMENT ON TABLE public.mandate_fact IS 'payments: what was told of a mandate, and when it happened; append-only';

CREATE TABLE public.market (
    code text NOT NULL,
    currency text NOT NULL,
    seller_code text NOT NULL,
    zone text NOT NULL,
    locale text NOT NULL,
    tax_behavior text NOT NULL,
    rounding_mode text NOT NULL,
    rounding_target text NOT NULL,
    rounding_components text NOT NULL,
    simplified_up_to_minor bigint,
    trial_notice_days smallint DEFAULT 3 NOT NULL,
    renewal_notice_days text DEFAULT '30,7'::text NOT NULL,
    CONSTRAINT market_currency CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT market_renewal_notice CHECK ((renewal_notice_days ~ '^([1-9][0-9]?(,[1-9][0-9]?)*)?$'::text)),
    CONSTRAINT market_rounding_components CHECK ((rounding_components = ANY (ARRAY['separate'::text, 'combined'::text, 'equal'::text, 'inside'::text]))),
    CONSTRAINT market_rounding_mode CHECK ((rounding_mode = ANY (ARRAY['half_up'::text, 'half_even'::text, 'down'::text, 'up'::text]))),
    CONSTRAINT market_rounding_target CHECK ((rounding_target = ANY (ARRAY['tax'::text, 'net'::text]))),
    CONSTRAINT market_simplified CHECK ((simplified_up_to_minor > 0)),
    CONSTRAINT market_tax_behavior CHECK ((tax_behavior = ANY (ARRAY['inclusive'::text, 'exclusive'::text]))),
    CONSTRAINT market_trial_notice CHECK (((trial_notice_days >= 1) AND (trial_notice_days <= 60)))
);

COMMENT ON TABLE public.market IS 'catalog: countries we sell in';

CREATE TABLE public.market_text (
    market_code text NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    version text NOT NULL,
    valid_from date NOT NULL,
    body text NOT NULL,
    link text,
    is_reviewed boolean NOT NULL,
    loaded_at timestamp with time zone NOT NULL,
    CONSTRAINT market_text_body CHECK ((body <> ''::text)),
    CONSTRAINT market_text_kind CHECK ((kind = ANY (ARRAY['order_button'::text, 'renewal'::text, 'withdrawal'::text, 'terms'::text, 'withdrawal_waiver'::text, 'renewal_consent'::text]))),
    CONSTRAINT market_text_language CHECK ((language ~ '^[a-z]{2,3}$'::text)),
    CONSTRAINT market_text_link CHECK ((link ~ '^https?://'::text))
);

COMMENT ON TABLE public.market_text IS 'catalog: what a buyer in a market is told and has to confirm, by version; append-only';

CREATE TABLE public.migration (
    name text NOT NULL,
    checksum bytea NOT NULL,
    phase text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT migration_phase CHECK ((phase = ANY (ARRAY['expand'::text, 'contract'::text])))
);

COMMENT ON TABLE public.migration IS 'cli: the migrations applied here, with the SHA-256 of each file';

CREATE TABLE public.model_belief (
    kind text NOT NULL,
    week date NOT NULL,
    tenth smallint NOT NULL,
    tries integer NOT NULL,
    believed bigint NOT NULL,
    good integer NOT NULL,
    CONSTRAINT model_belief_counts CHECK (((tries > 0) AND ((good >= 0) AND (good <= tries)))),
    CONSTRAINT model_belief_kind CHECK ((kind = ANY (ARRAY['routing'::text, 'retry'::text]))),
    CONSTRAINT model_belief_monday CHECK ((EXTRACT(isodow FROM week) = (1)::numeric)),
    CONSTRAINT model_belief_within CHECK ((((tenth >= 0) AND (tenth <= 9)) AND (believed >= ((100000 * (tenth)::bigint) * tries)) AND (believed <= ((100000 * ((tenth)::bigint + 1)) * tries))))
);

COMMENT ON TABLE public.model_belief IS 'payments: how likely models took tries to succeed (sums in ppm), and how many did, by week of the decision';

CREATE TABLE public.model_fault (
    kind text NOT NULL,
    tick bigint NOT NULL,
    seller_code text NOT NULL,
    why text NOT NULL,
    decisions integer NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT model_fault_count CHECK ((decisions > 0)),
    CONSTRAINT model_fault_kind CHECK ((kind = ANY (ARRAY['routing'::text, 'retry'::text])))
);

COMMENT ON TABLE public.model_fault IS 'payments: decisions of a tick and seller for which a model was asked and not believed, and why';

CREATE TABLE public.model_feature (
    kind text NOT NULL,
    day date NOT NULL,
    feature text NOT NULL,
    level text NOT NULL,
    decisions integer NOT NULL,
    CONSTRAINT model_feature_count CHECK ((decisions > 0)),
    CONSTRAINT model_feature_kind CHECK ((kind = ANY (ARRAY['routing'::text, 'retry'::text])))
);

COMMENT ON TABLE public.model_feature IS 'payments: of what kind decisions were that models are or could be asked about, by day';

CREATE TABLE public.model_switch (
    kind text NOT NULL,
    seller_code text NOT NULL,
    no integer NOT NULL,
    mode text NOT NULL,
    percent smallint NOT NULL,
    explore_below jsonb NOT NULL,
    changed_by text NOT NULL,
    reason text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    unmet jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT model_switch_amounts CHECK ((jsonb_typeof(explore_below) = 'object'::text)),
    CONSTRAINT model_switch_kind CHECK ((kind = ANY (ARRAY['routing'::text, 'retry'::text]))),
    CONSTRAINT model_switch_mode CHECK ((((mode = ANY (ARRAY['off'::text, 'shadow'::text])) AND (percent = 0)) OR ((mode = 'canary'::text) AND (percent = ANY (ARRAY[1, 5, 25]))) OR ((mode = 'on'::text) AND (percent = 95)))),
    CONSTRAINT model_switch_positive CHECK ((no >= 1)),
    CONSTRAINT model_switch_said CHECK (((changed_by <> ''::text) AND (reason <> ''::text))),
    CONSTRAINT model_switch_system CHECK (((changed_by <> 'system'::text) OR (mode = 'shadow'::text))),
    CONSTRAINT model_switch_unmet CHECK ((jsonb_typeof(unmet) = 'array'::text))
);

COMMENT ON TABLE public.model_switch IS 'payments: how far a seller lets a model decide, since when, and who said so; append-only';

CREATE TABLE public.model_tally (
    kind text NOT NULL,
    seller_code text NOT NULL,
    no integer NOT NULL,
    version integer NOT NULL,
    acts boolean NOT NULL,
    cell smallint NOT NULL,
    tries integer NOT NULL,
    good integer NOT NULL,
    CONSTRAINT model_tally_counts CHECK (((tries > 0) AND ((good >= 0) AND (good <= tries)))),
    CONSTRAINT model_tally_kind CHECK ((kind = ANY (ARRAY['routing'::text, 'retry'::text])))
);

COMMENT ON TABLE public.model_tally IS 'payments: what came of first tries by switch and by whether a model decided, in 512 cells of customers';

CREATE TABLE public.money_exception (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    assigned_to text,
    closed_at timestamp with time zone,
    closed_by text,
    resolution text,
    CONSTRAINT money_exception_closed CHECK ((((closed_by IS NULL) = (resolution IS NULL)) AND ((closed_by IS NULL) OR (closed_at IS NOT NULL))))
);

COMMENT ON TABLE public.money_exception IS 'payments: what a machine may not decide alone';

CREATE TABLE public.network_limit (
    network text NOT NULL,
    region text NOT NULL,
    initiator text NOT NULL,
    hours integer NOT NULL,
    valid_from date NOT NULL,
    tries_max integer NOT NULL,
    source text NOT NULL,
    checked_on date NOT NULL,
    CONSTRAINT network_limit_hours CHECK ((hours > 0)),
    CONSTRAINT network_limit_initiator CHECK ((initiator = ANY (ARRAY['any'::text, 'merchant'::text]))),
    CONSTRAINT network_limit_region CHECK (((region = 'any'::text) OR (region ~ '^[A-Z]{2}$'::text))),
    CONSTRAINT network_limit_tries CHECK ((tries_max > 0))
);

COMMENT ON TABLE public.network_limit IS 'payments: how often a card may be tried in vain, since when, and who says so';

CREATE TABLE public.number_series (
    id uuid NOT NULL,
    seller_code text NOT NULL,
    kind text NOT NULL,
    period text NOT NULL,
    template text NOT NULL,
    next_number bigint DEFAULT 1 NOT NULL,
    CONSTRAINT number_series_kind CHECK ((kind = ANY (ARRAY['invoice'::text, 'credit_note'::text, 'receipt'::text]))),
    CONSTRAINT number_series_positive CHECK ((next_number >= 1))
);

COMMENT ON TABLE public.number_series IS 'invoicing: gapless counters by seller, kind and year';

CREATE TABLE public.numbering_queue (
    bucket smallint NOT NULL,
    document_id uuid NOT NULL,
    series_id uuid NOT NULL,
    issued_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.numbering_queue IS 'invoicing: issued documents that wait for their number';

CREATE TABLE public.payment (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    purpose text NOT NULL,
    customer_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    payment_method_id uuid NOT NULL,
    seller_code text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    captured_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    refunding_minor bigint NOT NULL,
    disputed_minor bigint DEFAULT 0 NOT NULL,
    dispute_lost_minor bigint DEFAULT 0 NOT NULL,
    tries smallint NOT NULL,
    technical_tries smallint NOT NULL,
    own_failures smallint NOT NULL,
    payer_tries smallint DEFAULT 0 NOT NULL,
    awaits_payer boolean NOT NULL,
    next_try_at timestamp with time zone,
    withheld_for text,
    settled_attempt_id uuid,
    receipt_id uuid,
    event_seq integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_amount CHECK ((amount_minor > 0)),
    CONSTRAINT payment_awaits_payer CHECK (((NOT awaits_payer) OR (next_try_at IS NOT NULL))),
    CONSTRAINT payment_bounds CHECK (((refunded_minor >= 0) AND (refunding_minor >= 0) AND (disputed_minor >= 0) AND (dispute_lost_minor >= 0) AND ((((refunded_minor + refunding_minor) + disputed_minor) + dispute_lost_minor) <= captured_minor) AND (captured_minor <= amount_minor))),
    CONSTRAINT payment_only_processing_is_due CHECK (((next_try_at IS NULL) OR (state = 'processing'::text))),
    CONSTRAINT payment_payer_tries CHECK (((payer_tries >= 0) AND (payer_tries <= tries))),
    CONSTRAINT payment_settled CHECK (((state = 'succeeded'::text) = ((settled_attempt_id IS NOT NULL) AND (receipt_id IS NOT NULL) AND (captured_minor = amount_minor)))),
    CONSTRAINT payment_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created processing","processing try_failed processing","processing postponed processing","processing confirmed succeeded","processing given_up failed","processing canceled canceled","failed adopted succeeded","canceled adopted succeeded"}'::text[]))),
    CONSTRAINT payment_withheld CHECK (((withheld_for IS NULL) OR ((withheld_for = ANY (ARRAY['network_limit'::text, 'debit_notice'::text])) AND (next_try_at IS NOT NULL))))
)
WITH (fillfactor='85');

COMMENT ON TABLE public.payment IS 'payments: the wish to collect one amount once';

CREATE TABLE public.payment_method (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand text NOT NULL,
    last4 text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    external_id text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_method_last4 CHECK ((last4 ~ '^[0-9A-Z]{2,4}$'::text)),
    CONSTRAINT payment_method_metadata CHECK ((jsonb_typeof(metadata) = 'object'::text))
);

COMMENT ON TABLE public.payment_method IS 'payments: what a customer pays with, as people know it';

CREATE TABLE public.payment_notice (
    bucket smallint NOT NULL,
    payment_id uuid NOT NULL,
    kind text NOT NULL,
    day smallint NOT NULL,
    due_at timestamp with time zone,
    told_at timestamp with time zone,
    CONSTRAINT payment_notice_day CHECK ((day >= 0)),
    CONSTRAINT payment_notice_kind CHECK ((kind = ANY (ARRAY['failed'::text, 'reminder'::text, 'last_warning'::text, 'ended'::text]))),
    CONSTRAINT payment_notice_once CHECK (((due_at IS NULL) OR (told_at IS NULL)))
);

COMMENT ON TABLE public.payment_notice IS 'payments: what a payer is told while a refused payment is collected';

CREATE TABLE public.payment_setup (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    psp_account text NOT NULL,
    psp_token text,
    data_sealed bytea,
    brand text,
    last4 text,
    currency text NOT NULL,
    makes_default boolean NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    canceled_at timestamp with time zone,
    resolve_at timestamp with time zone,
    looks smallint NOT NULL,
    unknown_since timestamp with time zone,
    ended_at timestamp with time zone,
    evidence text,
    category text,
    psp_code text,
    psp_ref text,
    request_digest bytea,
    return_url text,
    challenge boolean NOT NULL,
    action_sealed bytea,
    action_expires_at timestamp with time zone,
    payment_method_id uuid,
    three_ds_version text,
    three_ds_challenged boolean,
    three_ds_status text,
    three_ds_eci text,
    three_ds_transaction_id text,
    liability_shifted boolean,
    event_seq integer DEFAULT 0 NOT NULL,
    CONSTRAINT payment_setup_action CHECK ((((state = 'requires_action'::text) = (action_sealed IS NOT NULL)) AND ((action_sealed IS NULL) = (action_expires_at IS NULL)) AND ((action_sealed IS NULL) OR (return_url IS NOT NULL)))),
    CONSTRAINT payment_setup_digest CHECK ((octet_length(request_digest) = 32)),
    CONSTRAINT payment_setup_evidence CHECK ((evidence = ANY (ARRAY['response'::text, 'transport'::text, 'withdrawn'::text, 'status_query'::text, 'webhook'::text, 'void_confirmed'::text, 'erased'::text]))),
    CONSTRAINT payment_setup_expires CHECK ((expires_at > sent_at)),
    CONSTRAINT payment_setup_last4 CHECK ((last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT payment_setup_live_resolves CHECK (((state = ANY (ARRAY['sent'::text, 'unknown'::text, 'requires_action'::text])) = (resolve_at IS NOT NULL))),
    CONSTRAINT payment_setup_over_forgets CHECK (((evidence IS NULL) OR ((return_url IS NULL) AND (data_sealed IS NULL)))),
    CONSTRAINT payment_setup_saved CHECK (((payment_method_id IS NULL) OR (state = 'succeeded'::text))),
    CONSTRAINT payment_setup_terminal_has_evidence CHECK ((((state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'not_executed'::text])) = (evidence IS NOT NULL)) AND ((evidence IS NULL) = (ended_at IS NULL)))),
    CONSTRAINT payment_setup_three_ds CHECK ((three_ds_status ~ '^[A-Z]$'::text)),
    CONSTRAINT payment_setup_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created sent","sent sent sent","sent pending sent","sent answer_lost unknown","sent action_asked requires_action","unknown action_asked requires_action","requires_action sent sent","requires_action action_asked requires_action","requires_action pending sent","requires_action answer_lost unknown","requires_action confirmed succeeded","requires_action declined failed","requires_action proven_absent not_executed","sent confirmed succeeded","sent declined failed","sent proven_absent not_executed","unknown sent unknown","unknown pending sent","unknown answer_lost unknown","unknown confirmed succeeded","unknown declined failed","unknown proven_absent not_executed"}'::text[])))
)
WITH (fillfactor='85');

COMMENT ON TABLE public.payment_setup IS 'payments: a means to pay that is verified and kept without a charge';

CREATE TABLE public.payout (
    id uuid NOT NULL,
    psp_account text NOT NULL,
    reference text NOT NULL,
    file_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    announced_on date NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    state text NOT NULL,
    step_no integer NOT NULL,
    paid_on date,
    bank_minor bigint,
    bank_note text,
    returned_on date,
    failed_on date,
    failed_by text,
    failed_note text,
    reversed_minor bigint,
    CONSTRAINT payout_amount CHECK ((amount_minor <> 0)),
    CONSTRAINT payout_bank CHECK ((((paid_on IS NULL) = (bank_minor IS NULL)) AND
CASE
    WHEN (state = ANY (ARRAY['paid'::text, 'returned'::text])) THEN (bank_minor IS NOT NULL)
    WHEN (state = 'announced'::text) THEN (bank_minor IS NULL)
    ELSE true
END)),
    CONSTRAINT payout_failed CHECK ((((state = 'failed'::text) = (failed_on IS NOT NULL)) AND ((state = 'failed'::text) = (failed_by IS NOT NULL)) AND ((state = 'failed'::text) = (reversed_minor IS NOT NULL)) AND ((state = 'failed'::text) OR (failed_note IS NULL)))),
    CONSTRAINT payout_failed_by CHECK (((failed_by = 'line'::text) OR ((failed_by = 'person'::text) AND (failed_note IS NOT NULL)))),
    CONSTRAINT payout_returned CHECK ((((returned_on IS NULL) OR (bank_minor IS NOT NULL)) AND ((state <> 'returned'::text) OR (returned_on IS NOT NULL)))),
    CONSTRAINT payout_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created announced","announced arrived paid","announced failed failed","paid sent_back returned","returned arrived paid","returned failed failed"}'::text[])))
);

COMMENT ON TABLE public.payout IS 'reconciliation: what a provider says it pays out, and what became of it';

CREATE TABLE public.payout_step (
    payout_id uuid NOT NULL,
    no integer CONSTRAINT payout_step_no_not_null1 NOT NULL,
    event text NOT NULL,
    happened_on date NOT NULL,
    amount_minor bigint NOT NULL,
    note text,
    n integer NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT payout_step_event CHECK ((event = ANY (ARRAY['arrived'::text, 'sent_back'::text, 'failed'::text, 'proven'::text, 'withdrawn'::text]))),
    CONSTRAINT payout_step_n CHECK ((n >= 0)),
    CONSTRAINT payout_step_no CHECK ((no > 0))
);

COMMENT ON TABLE public.payout_step IS 'reconciliation: what happened to a payout after it was announced; append-only';

CREATE TABLE public.pending_change (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    billed_through date NOT NULL,
    lapses_at timestamp with time zone NOT NULL,
    body jsonb NOT NULL
);

COMMENT ON TABLE public.pending_change IS 'subscriptions: a change that waits for its payment, frozen as it was decided';

CREATE TABLE public.person (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT person_email CHECK (((email = lower(btrim(email))) AND (email ~~ '_%@_%'::text))),
    CONSTRAINT person_role CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'finance'::text, 'support_lead'::text, 'support'::text, 'developer'::text, 'auditor'::text])))
);

COMMENT ON TABLE public.person IS 'access: who works at the console, and as what';

CREATE TABLE public.person_identity (
    person_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    bound_at timestamp with time zone NOT NULL,
    CONSTRAINT person_identity_said CHECK (((issuer <> ''::text) AND (subject <> ''::text)))
);

COMMENT ON TABLE public.person_identity IS 'access: as whom an identity provider knows a person';

CREATE TABLE public.person_password (
    person_id uuid NOT NULL,
    hash text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    CONSTRAINT person_password_hash CHECK ((hash ~~ '$argon2id$v=19$%'::text))
);

COMMENT ON TABLE public.person_password IS 'access: slow hashes of passwords, for people who chose one';

CREATE TABLE public.person_session (
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    way text NOT NULL,
    link_hash bytea,
    person_id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT person_session_by_link CHECK (((way = 'link'::text) = (link_hash IS NOT NULL))),
    CONSTRAINT person_session_expiry CHECK (((expires_at > started_at) AND (expires_at <= (started_at + '12:00:00'::interval)))),
    CONSTRAINT person_session_hash CHECK ((octet_length(secret_hash) = 32)),
    CONSTRAINT person_session_seen CHECK (((seen_at >= started_at) AND (seen_at <= expires_at))),
    CONSTRAINT person_session_way CHECK ((way = ANY (ARRAY['link'::text, 'password'::text, 'provider'::text])))
);

COMMENT ON TABLE public.person_session IS 'access: who is signed in; of what they show only a hash';

CREATE TABLE public.plan (
    code text NOT NULL,
    product_code text NOT NULL,
    name text NOT NULL,
    audience text NOT NULL,
    cadence_count integer NOT NULL,
    cadence_unit text NOT NULL,
    members_max integer NOT NULL,
    status text NOT NULL,
    CONSTRAINT plan_cadence CHECK (((cadence_count > 0) AND (cadence_unit = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text])))),
    CONSTRAINT plan_members CHECK ((members_max >= 1)),
    CONSTRAINT plan_status CHECK ((status = ANY (ARRAY['on_sale'::text, 'retired'::text])))
);

COMMENT ON TABLE public.plan IS 'catalog: how a product is sold; a retired plan still renews';

CREATE TABLE public.plan_phase (
    plan_code text NOT NULL,
    no smallint NOT NULL,
    kind text NOT NULL,
    length_count integer,
    length_unit text,
    CONSTRAINT plan_phase_kind CHECK ((kind = ANY (ARRAY['trial'::text, 'intro'::text, 'fixed'::text, 'evergreen'::text]))),
    CONSTRAINT plan_phase_length CHECK ((((length_count IS NULL) = (length_unit IS NULL)) AND (length_count > 0) AND (length_unit = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text])))),
    CONSTRAINT plan_phase_no CHECK ((no >= 1)),
    CONSTRAINT plan_phase_open CHECK (((kind = 'evergreen'::text) = (length_count IS NULL))),
    CONSTRAINT plan_phase_trial CHECK (((kind <> 'trial'::text) OR (no = 1)))
);

COMMENT ON TABLE public.plan_phase IS 'catalog: the parts of a plan''s life, counted from 1';

CREATE TABLE public.portal_session (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    leads_to text NOT NULL,
    link_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    link_expires_at timestamp with time zone NOT NULL,
    cookie_hash bytea,
    opened_at timestamp with time zone,
    seen_at timestamp with time zone,
    closed_at timestamp with time zone,
    CONSTRAINT portal_session_in_time CHECK (((opened_at < link_expires_at) AND (seen_at >= opened_at))),
    CONSTRAINT portal_session_leads CHECK ((leads_to = ANY (ARRAY['home'::text, 'pay'::text, 'update_method'::text, 'change'::text, 'cancel'::text]))),
    CONSTRAINT portal_session_link CHECK ((link_expires_at > created_at)),
    CONSTRAINT portal_session_opened CHECK ((((opened_at IS NULL) = (cookie_hash IS NULL)) AND ((opened_at IS NULL) = (seen_at IS NULL))))
);

COMMENT ON TABLE public.portal_session IS 'access: a link into the portal, and the session that it was used for';

CREATE TABLE public.price (
    id uuid NOT NULL,
    plan_code text NOT NULL,
    phase_no smallint NOT NULL,
    component text NOT NULL,
    market_code text NOT NULL,
    channel text DEFAULT 'web'::text NOT NULL,
    currency text NOT NULL,
    unit_num bigint NOT NULL,
    unit_den bigint NOT NULL,
    tax_behavior text NOT NULL,
    valid_from date NOT NULL,
    owner_subscription_id uuid,
    CONSTRAINT price_tax_behavior CHECK ((tax_behavior = ANY (ARRAY['inclusive'::text, 'exclusive'::text]))),
    CONSTRAINT price_unit CHECK (((unit_num >= 0) AND ((unit_den >= 1) AND (unit_den <= 1000000)) AND (gcd(unit_num, unit_den) = 1)))
);

COMMENT ON TABLE public.price IS 'catalog: immutable prices, unit_num / unit_den minor units; a new price is a new row';

CREATE TABLE public.product (
    code text NOT NULL,
    family text NOT NULL,
    name text NOT NULL,
    tax_category text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT product_kind CHECK ((kind = ANY (ARRAY['base'::text, 'add_on'::text])))
);

COMMENT ON TABLE public.product IS 'catalog: what is sold, by itself or as an add-on';

CREATE TABLE public.psp_account (
    code text NOT NULL,
    psp text NOT NULL,
    seller_code text,
    settings jsonb NOT NULL,
    secrets_sealed bytea NOT NULL,
    status text NOT NULL,
    call_deadline_ms integer NOT NULL,
    CONSTRAINT psp_account_deadline CHECK (((call_deadline_ms >= 50) AND (call_deadline_ms <= 30000))),
    CONSTRAINT psp_account_settings CHECK ((settings ? 'base_url'::text)),
    CONSTRAINT psp_account_status CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text])))
);

COMMENT ON TABLE public.psp_account IS 'payments: merchant accounts at providers';

CREATE TABLE public.psp_event (
    psp_account text NOT NULL,
    event_key text NOT NULL,
    event_type text NOT NULL,
    state text NOT NULL,
    reference text,
    told text,
    alarm text,
    dispute text,
    mandate text,
    body bytea,
    body_sha256 bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    tries smallint DEFAULT 0 NOT NULL,
    CONSTRAINT psp_event_due CHECK (((state = ANY (ARRAY['received'::text, 'parked'::text])) = (due_at IS NOT NULL))),
    CONSTRAINT psp_event_sha256 CHECK ((octet_length(body_sha256) = 32)),
    CONSTRAINT psp_event_state CHECK ((state = ANY (ARRAY['received'::text, 'applied'::text, 'parked'::text, 'ignored'::text])))
);

COMMENT ON TABLE public.psp_event IS 'payments: the inbox of verified webhooks, their bodies masked and kept for a while';

CREATE TABLE public.purchase (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    payment_id uuid,
    checkout_session_id uuid,
    checkout_try smallint,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT purchase_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created processing","processing settled completed","processing refused failed"}'::text[]))),
    CONSTRAINT purchase_try CHECK ((((checkout_session_id IS NULL) = (checkout_try IS NULL)) AND (checkout_try > 0)))
);

COMMENT ON TABLE public.purchase IS 'purchases: one run through checkout';

CREATE TABLE public.receipt (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    seller_code text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    issued_on date NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    series_id uuid NOT NULL,
    release_no integer NOT NULL,
    offset_minor bigint NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT receipt_amount CHECK ((amount_minor > 0)),
    CONSTRAINT receipt_kind CHECK ((kind = ANY (ARRAY['payment'::text, 'refund'::text, 'reversal'::text]))),
    CONSTRAINT receipt_offset CHECK (((offset_minor >= 0) AND (offset_minor <=
CASE
    WHEN (kind = 'reversal'::text) THEN amount_minor
    ELSE (0)::bigint
END)))
);

COMMENT ON TABLE public.receipt IS 'receipts: the proof of one payment or refund, or that a refund came back; append-only';

CREATE TABLE public.recognition (
    bucket smallint NOT NULL,
    seller_code text NOT NULL,
    currency text NOT NULL,
    category text NOT NULL,
    month date NOT NULL,
    source_id uuid NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT recognition_month CHECK ((month = (date_trunc('month'::text, (month)::timestamp without time zone))::date))
);

COMMENT ON TABLE public.recognition IS 'ledger: the source of what a month earned, made in that month; append-only';

CREATE TABLE public.refund (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    seller_code text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    cause text NOT NULL,
    reason text NOT NULL,
    psp_account text NOT NULL,
    charge_ref text NOT NULL,
    machine text DEFAULT 'refund'::text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    resolve_at timestamp with time zone,
    looks smallint NOT NULL,
    psp_ref text,
    psp_code text,
    credit_note_id uuid,
    receipt_id uuid,
    ended_at timestamp with time zone,
    request_digest bytea,
    attempt_id uuid,
    reversal_receipt_id uuid,
    CONSTRAINT refund_amount CHECK ((amount_minor > 0)),
    CONSTRAINT refund_cause CHECK ((cause = ANY (ARRAY['asked'::text, 'late_change'::text, 'late_success'::text, 'credit'::text]))),
    CONSTRAINT refund_corrected CHECK (((state = 'reversed'::text) = (reversal_receipt_id IS NOT NULL))),
    CONSTRAINT refund_digest CHECK ((octet_length(request_digest) = 32)),
    CONSTRAINT refund_late CHECK (((cause = 'late_success'::text) = (attempt_id IS NOT NULL))),
    CONSTRAINT refund_live_resolves CHECK (((state = ANY (ARRAY['requested'::text, 'sent'::text, 'unknown'::text])) = (resolve_at IS NOT NULL))),
    CONSTRAINT refund_machine CHECK ((machine = 'refund'::text)),
    CONSTRAINT refund_proven CHECK (((state = ANY (ARRAY['succeeded'::text, 'reversed'::text])) = (receipt_id IS NOT NULL)))
);

COMMENT ON TABLE public.refund IS 'payments: money given back through the provider that took it';

CREATE TABLE public.refund_draw (
    bucket smallint NOT NULL,
    refund_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    payout_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT refund_draw_amount CHECK ((amount_minor > 0))
);

COMMENT ON TABLE public.refund_draw IS 'payments: what a refund that pays credit out takes of each lot of it';

CREATE TABLE public.refund_line (
    bucket smallint NOT NULL,
    refund_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    period_start date NOT NULL,
    item_no integer NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    CONSTRAINT refund_line_amount CHECK ((amount_minor > 0)),
    CONSTRAINT refund_line_span CHECK ((from_on < until_on))
);

COMMENT ON TABLE public.refund_line IS 'payments: what a refund takes of each line';

CREATE TABLE public.refund_proposal (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    gives text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_by text,
    ended_at timestamp with time zone,
    refund_id uuid,
    credit_note_id uuid,
    CONSTRAINT refund_proposal_amount CHECK ((amount_minor > 0)),
    CONSTRAINT refund_proposal_ended CHECK ((((state = 'proposed'::text) = (ended_at IS NULL)) AND ((state = ANY (ARRAY['approved'::text, 'withdrawn'::text])) = (ended_by IS NOT NULL)))),
    CONSTRAINT refund_proposal_expiry CHECK ((expires_at > proposed_at)),
    CONSTRAINT refund_proposal_four_eyes CHECK (((state <> 'approved'::text) OR (lower(btrim(ended_by)) <> lower(btrim(proposed_by))))),
    CONSTRAINT refund_proposal_gives CHECK ((gives = ANY (ARRAY['money'::text, 'credit'::text]))),
    CONSTRAINT refund_proposal_in_time CHECK (((state <> 'approved'::text) OR (ended_at < expires_at))),
    CONSTRAINT refund_proposal_made CHECK (((((state = 'approved'::text) AND (gives = 'money'::text)) = (refund_id IS NOT NULL)) AND (((state = 'approved'::text) AND (gives = 'credit'::text)) = (credit_note_id IS NOT NULL)))),
    CONSTRAINT refund_proposal_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created proposed","proposed approved approved","proposed withdrawn withdrawn","proposed expired lapsed"}'::text[])))
);

COMMENT ON TABLE public.refund_proposal IS 'payments: a refund, as money or as credit, above what one person may give back';

CREATE TABLE public.refund_withheld (
    bucket smallint NOT NULL,
    refund_id uuid NOT NULL,
    period_start date NOT NULL,
    item_no integer NOT NULL,
    kind text NOT NULL,
    from_on date NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT refund_withheld_amount CHECK ((amount_minor > 0))
);

COMMENT ON TABLE public.refund_withheld IS 'payments: what a refund under way kept cuts of a line from giving back, owed if it fails';

CREATE TABLE public.renewal_notice (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    renews_on date NOT NULL,
    days smallint NOT NULL,
    due_at timestamp with time zone,
    told_at timestamp with time zone,
    CONSTRAINT renewal_notice_days CHECK ((days >= 0)),
    CONSTRAINT renewal_notice_once CHECK (((due_at IS NULL) OR (told_at IS NULL)))
);

COMMENT ON TABLE public.renewal_notice IS 'subscriptions: what is told before a trial or a year ends';

CREATE TABLE public.retention_key (
    seller_code text NOT NULL,
    year smallint NOT NULL,
    wrapped bytea NOT NULL
);

COMMENT ON TABLE public.retention_key IS 'invoicing: one wrapped key for the documents a seller issued in a year; append-only';

CREATE TABLE public.retry_model (
    version integer NOT NULL,
    body text NOT NULL,
    sha256 text NOT NULL,
    metrics jsonb NOT NULL,
    trained_at timestamp with time zone NOT NULL,
    loaded_at timestamp with time zone NOT NULL,
    loaded_by text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT retry_model_body CHECK ((body <> ''::text)),
    CONSTRAINT retry_model_metrics CHECK ((jsonb_typeof(metrics) = 'object'::text)),
    CONSTRAINT retry_model_order CHECK ((trained_at <= loaded_at)),
    CONSTRAINT retry_model_positive CHECK ((version >= 1)),
    CONSTRAINT retry_model_said CHECK (((loaded_by <> ''::text) AND (reason <> ''::text))),
    CONSTRAINT retry_model_sha256 CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

COMMENT ON TABLE public.retry_model IS 'payments: tables of whole numbers that choose among moments of a retry; append-only';

CREATE TABLE public.retry_plan (
    bucket smallint NOT NULL,
    payment_id uuid NOT NULL,
    revision integer NOT NULL,
    attempt_id uuid,
    payment_method_id uuid NOT NULL,
    market_code text NOT NULL,
    policy_version integer NOT NULL,
    tries_max integer NOT NULL,
    tries integer NOT NULL,
    category text,
    advice text,
    network_advice text,
    not_before timestamp with time zone,
    slots jsonb NOT NULL,
    track text NOT NULL,
    next_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    began_at timestamp with time zone NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    decision_id uuid,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT retry_plan_cause CHECK ((((track = 'payer'::text) = (attempt_id IS NULL)) AND ((attempt_id IS NULL) = (advice IS NULL)) AND ((attempt_id IS NULL) = (decision_id IS NULL)))),
    CONSTRAINT retry_plan_order CHECK (((began_at <= planned_at) AND (began_at <= ends_at))),
    CONSTRAINT retry_plan_revision CHECK ((revision >= 1)),
    CONSTRAINT retry_plan_slots CHECK ((jsonb_typeof(slots) = 'array'::text)),
    CONSTRAINT retry_plan_track CHECK ((track = ANY (ARRAY['slot'::text, 'model'::text, 'technical'::text, 'payer'::text, 'end'::text])))
);

COMMENT ON TABLE public.retry_plan IS 'payments: when machines try a refused payment again, and why; append-only';

CREATE TABLE public.router_cursor (
    kind text NOT NULL,
    tick bigint NOT NULL,
    upto bigint NOT NULL,
    tick_from bigint NOT NULL,
    window_from bigint NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    CONSTRAINT router_cursor_kind CHECK ((kind = 'routing'::text)),
    CONSTRAINT router_cursor_order CHECK (((window_from <= tick_from) AND (tick_from <= upto)))
);

COMMENT ON TABLE public.router_cursor IS 'payments: up to which transaction outcomes are counted, and the tick they are counted in';

CREATE TABLE public.router_delta (
    tick bigint NOT NULL,
    upto bigint NOT NULL,
    market text NOT NULL,
    region text NOT NULL,
    brand text NOT NULL,
    funding text NOT NULL,
    psp_account text NOT NULL,
    is_burst boolean NOT NULL,
    tries integer NOT NULL,
    approved integer NOT NULL,
    CONSTRAINT router_delta_counts CHECK (((tries > 0) AND ((approved >= 0) AND (approved <= tries))))
);

COMMENT ON TABLE public.router_delta IS 'payments: outcomes that became known between two fences; old ones are summed up';

CREATE TABLE public.router_share (
    tick bigint NOT NULL,
    market text NOT NULL,
    region text NOT NULL,
    brand text NOT NULL,
    funding text NOT NULL,
    psp_account text NOT NULL,
    ppm bigint NOT NULL,
    CONSTRAINT router_share_counts CHECK ((ppm >= 0))
);

COMMENT ON TABLE public.router_share IS 'payments: propensities that accounts were chosen by, summed over the decisions of a tick';

CREATE TABLE public.router_snapshot (
    tick bigint NOT NULL,
    upto bigint NOT NULL,
    body text NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    sha256 text NOT NULL,
    code_version text NOT NULL,
    CONSTRAINT router_snapshot_body CHECK ((body <> ''::text)),
    CONSTRAINT router_snapshot_code CHECK ((code_version <> ''::text)),
    CONSTRAINT router_snapshot_sha256 CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

COMMENT ON TABLE public.router_snapshot IS 'payments: what the model of routing knew after a tick, so that a process begins there';

CREATE TABLE public.routing_policy (
    version integer NOT NULL,
    body jsonb NOT NULL,
    loaded_at timestamp with time zone NOT NULL,
    CONSTRAINT routing_policy_body CHECK ((jsonb_typeof(body) = 'object'::text)),
    CONSTRAINT routing_policy_positive CHECK ((version >= 1))
);

COMMENT ON TABLE public.routing_policy IS 'payments: rules that choose merchant accounts; append-only';

CREATE TABLE public.sandbox_instruction (
    id uuid NOT NULL,
    kind text NOT NULL,
    until timestamp with time zone NOT NULL,
    psp_account text,
    asked_by text NOT NULL,
    asked_from timestamp with time zone NOT NULL,
    state text NOT NULL,
    reached timestamp with time zone,
    invoiced bigint DEFAULT 0 NOT NULL,
    paid bigint DEFAULT 0 NOT NULL,
    said text DEFAULT ''::text NOT NULL,
    seen_at timestamp with time zone,
    CONSTRAINT sandbox_instruction_forward CHECK ((until > asked_from)),
    CONSTRAINT sandbox_instruction_kind CHECK ((((kind = 'advance'::text) AND (psp_account IS NULL)) OR ((kind = 'outage'::text) AND (psp_account IS NOT NULL)))),
    CONSTRAINT sandbox_instruction_state CHECK ((state = ANY (ARRAY['asked'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

COMMENT ON TABLE public.sandbox_instruction IS 'sandbox: what people ask of its clock and providers, and how far that is';

CREATE TABLE public.saved_filter (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    path text NOT NULL,
    query text NOT NULL,
    name text NOT NULL,
    shared_with text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT saved_filter_name CHECK (((name = btrim(name)) AND ((length(name) >= 1) AND (length(name) <= 60)))),
    CONSTRAINT saved_filter_path CHECK ((path ~~ '/console/%'::text)),
    CONSTRAINT saved_filter_shared_with CHECK ((shared_with = ANY (ARRAY['owner'::text, 'admin'::text, 'finance'::text, 'support_lead'::text, 'support'::text, 'developer'::text, 'auditor'::text])))
);

COMMENT ON TABLE public.saved_filter IS 'access: what people look at again and again, and who with them';

CREATE TABLE public.scheme_rule (
    scheme text NOT NULL,
    valid_from date NOT NULL,
    notice_days smallint NOT NULL,
    notice_unit text NOT NULL,
    notice_days_min smallint NOT NULL,
    submit_bank_days smallint NOT NULL,
    lapse_months smallint,
    source text NOT NULL,
    checked_on date NOT NULL,
    CONSTRAINT scheme_rule_lapse CHECK ((lapse_months > 0)),
    CONSTRAINT scheme_rule_notice CHECK (((notice_days_min >= 1) AND (notice_days_min <= notice_days))),
    CONSTRAINT scheme_rule_submit CHECK ((submit_bank_days >= 0)),
    CONSTRAINT scheme_rule_unit CHECK ((notice_unit = ANY (ARRAY['day'::text, 'bank_day'::text])))
);

COMMENT ON TABLE public.scheme_rule IS 'payments: what a scheme of bank debits asks for before a debit, since when, and who says so';

CREATE TABLE public.seller (
    code text NOT NULL,
    name text NOT NULL,
    legal_name text NOT NULL,
    country text NOT NULL,
    zone text NOT NULL,
    line1 text NOT NULL,
    line2 text,
    postal_code text,
    city text NOT NULL,
    region text,
    tax_id text,
    registration text,
    email text,
    website text,
    colour text,
    logo text,
    CONSTRAINT seller_colour CHECK ((colour ~ '^#[0-9a-f]{6}$'::text))
);

COMMENT ON TABLE public.seller IS 'catalog: legal entities that issue invoices';

CREATE TABLE public.series_template (
    seller_code text NOT NULL,
    kind text NOT NULL,
    template text NOT NULL
);

COMMENT ON TABLE public.series_template IS 'invoicing: how the numbers of a seller look';

CREATE TABLE public.settlement_file (
    id uuid NOT NULL,
    psp_account text NOT NULL,
    sha256 bytea NOT NULL,
    format text NOT NULL,
    reference text NOT NULL,
    seller_code text NOT NULL,
    state text NOT NULL,
    why text,
    corrects uuid,
    lines integer NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    CONSTRAINT settlement_file_days CHECK ((first_on <= last_on)),
    CONSTRAINT settlement_file_lines CHECK ((lines > 0)),
    CONSTRAINT settlement_file_sha256 CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT settlement_file_state CHECK ((state = ANY (ARRAY['imported'::text, 'quarantined'::text, 'replaced'::text]))),
    CONSTRAINT settlement_file_why CHECK (((state = 'quarantined'::text) = (why IS NOT NULL)))
);

COMMENT ON TABLE public.settlement_file IS 'reconciliation: statements of providers; a quarantined one posts nothing';

CREATE TABLE public.settlement_line (
    file_id uuid NOT NULL,
    line_no integer NOT NULL,
    kind text NOT NULL,
    reference text,
    psp_ref text,
    gross_minor bigint NOT NULL,
    gross_currency text NOT NULL,
    fee_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    currency text NOT NULL,
    settled_on date NOT NULL,
    match text NOT NULL,
    subject_id uuid,
    seller_code text NOT NULL,
    suspense_minor bigint NOT NULL,
    id uuid,
    CONSTRAINT settlement_line_kind CHECK ((kind = ANY ('{charge,refund,refund_reversal,bank_return,dispute,dispute_reversal,fee,tax_on_fee,fx,adjustment,payout,payout_reversal,correction}'::text[]))),
    CONSTRAINT settlement_line_match CHECK ((match = ANY (ARRAY['matched'::text, 'waiting'::text, 'mismatch'::text, 'duplicate'::text, 'unmatched'::text, 'account'::text]))),
    CONSTRAINT settlement_line_no CHECK ((line_no > 0)),
    CONSTRAINT settlement_line_subject CHECK (((match = ANY (ARRAY['matched'::text, 'waiting'::text, 'mismatch'::text, 'duplicate'::text])) = (subject_id IS NOT NULL))),
    CONSTRAINT settlement_line_suspense CHECK (((suspense_minor = 0) OR ((id IS NOT NULL) AND (match = ANY (ARRAY['mismatch'::text, 'duplicate'::text, 'unmatched'::text])))))
);

COMMENT ON TABLE public.settlement_line IS 'reconciliation: what a statement says line by line, and what of ours it is';

CREATE TABLE public.settlement_step (
    file_id uuid NOT NULL,
    state text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT settlement_step_state CHECK ((state = ANY (ARRAY['imported'::text, 'quarantined'::text, 'replaced'::text])))
);

COMMENT ON TABLE public.settlement_step IS 'reconciliation: when a statement was kept with all its lines, and when it was replaced; append-only';

CREATE TABLE public.settlement_total (
    file_id uuid NOT NULL,
    seller_code text NOT NULL,
    gross_currency text NOT NULL,
    currency text NOT NULL,
    lines integer NOT NULL,
    turnover_minor bigint NOT NULL,
    explained_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    paid_minor bigint NOT NULL,
    CONSTRAINT settlement_total_explained CHECK (((explained_minor >= 0) AND (explained_minor <= turnover_minor)))
);

COMMENT ON TABLE public.settlement_total IS 'reconciliation: what the lines of a file come to, by seller and currency, as it is posted';

CREATE TABLE public.sign_in_count (
    key_hash bytea NOT NULL,
    tries integer NOT NULL,
    began_at timestamp with time zone NOT NULL,
    known_at timestamp with time zone,
    CONSTRAINT sign_in_count_hash CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT sign_in_count_tries CHECK ((tries >= 0))
);

COMMENT ON TABLE public.sign_in_count IS 'access: tries of passwords in a quarter of an hour, by keyed hashes of who and from where';

CREATE TABLE public.sign_in_link (
    secret_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_in_link_expiry CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '1 day'::interval)))),
    CONSTRAINT sign_in_link_hash CHECK ((octet_length(secret_hash) = 32)),
    CONSTRAINT sign_in_link_used CHECK (((used_at >= created_at) AND (used_at < expires_at)))
);

COMMENT ON TABLE public.sign_in_link IS 'access: links that open the console once; of each only a hash';

CREATE TABLE public.sign_in_state (
    state_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_in_state_expiry CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '00:10:00'::interval)))),
    CONSTRAINT sign_in_state_hash CHECK (((octet_length(state_hash) = 32) AND (octet_length(browser_hash) = 32))),
    CONSTRAINT sign_in_state_used CHECK (((used_at >= created_at) AND (used_at < expires_at)))
);

COMMENT ON TABLE public.sign_in_state IS 'access: browsers on their way to an identity provider and back, once; only hashes';

CREATE TABLE public.subscription (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    seller_code text NOT NULL,
    market_code text NOT NULL,
    currency text NOT NULL,
    zone text NOT NULL,
    family text NOT NULL,
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    grid_origin date NOT NULL,
    grid_day smallint NOT NULL,
    cadence_count smallint NOT NULL,
    cadence_unit text NOT NULL,
    billed_through date NOT NULL,
    next_bill_at timestamp with time zone,
    ends_on date,
    payment_method_id uuid,
    customer_version integer NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    external_id text,
    item_seq integer NOT NULL,
    log_seq integer NOT NULL,
    event_seq integer NOT NULL,
    version integer NOT NULL,
    parked text,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT subscription_ended_is_not_billed CHECK ((((state = ANY (ARRAY['canceled'::text, 'expired'::text])) = (ended_at IS NOT NULL)) AND ((ended_at IS NULL) OR (next_bill_at IS NULL)))),
    CONSTRAINT subscription_items_counted CHECK ((item_seq >= 0)),
    CONSTRAINT subscription_metadata CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT subscription_transition CHECK ((((((state_before || ' '::text) || state_event) || ' '::text) || state) = ANY ('{"- created incomplete","incomplete activated active","incomplete trial_started trialing","incomplete purchase_expired expired","trialing trial_converted active","trialing canceled canceled","active payment_overdue past_due","active canceled canceled","past_due payment_settled active","past_due canceled canceled","active paused paused","past_due paused paused","paused resumed active","paused canceled canceled"}'::text[])))
)
WITH (fillfactor='90');

COMMENT ON TABLE public.subscription IS 'subscriptions: the agreement, a projection of its log';

CREATE TABLE public.subscription_event (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    seq integer CONSTRAINT subscription_event_seq_not_null1 NOT NULL,
    kind text NOT NULL,
    effective date NOT NULL,
    entitled_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    command_key text NOT NULL,
    body jsonb NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT subscription_event_kind CHECK ((kind = ANY ('{created,trial_started,activated,trial_converted,payment_overdue,payment_settled,canceled,purchase_expired,plan_changed,quantity_changed,change_scheduled,cancel_scheduled,undone,paused,resumed}'::text[]))),
    CONSTRAINT subscription_event_seq CHECK ((seq >= 1))
);

COMMENT ON TABLE public.subscription_event IS 'subscriptions: the log in one total order; append-only';

CREATE TABLE public.subscription_item (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    no integer NOT NULL,
    component text NOT NULL,
    plan_code text NOT NULL,
    phase_no smallint NOT NULL,
    price_id uuid NOT NULL,
    quantity integer NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    CONSTRAINT subscription_item_days CHECK (((ends_on IS NULL) OR (ends_on >= starts_on))),
    CONSTRAINT subscription_item_no CHECK ((no >= 1)),
    CONSTRAINT subscription_item_quantity CHECK (((quantity >= 1) AND (quantity <= 100000)))
);

COMMENT ON TABLE public.subscription_item IS 'subscriptions: what is had from when to when; a projection of the log';

CREATE TABLE public.subscription_offer (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    no integer NOT NULL,
    offer_code text NOT NULL,
    component text NOT NULL,
    from_on date NOT NULL,
    until_on date,
    periods integer,
    cadence_count smallint NOT NULL,
    cadence_unit text NOT NULL,
    CONSTRAINT subscription_offer_days CHECK (((until_on IS NULL) OR (until_on > from_on)))
);

COMMENT ON TABLE public.subscription_offer IS 'subscriptions: what reduces a component from when to when; a projection of the log';

CREATE TABLE public.tax_rate (
    market_code text NOT NULL,
    category text NOT NULL,
    valid_from date NOT NULL,
    rate_ppm integer NOT NULL,
    source text NOT NULL,
    treatment text NOT NULL,
    name text,
    reason text,
    components jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT tax_rate_bounds CHECK (((rate_ppm >= 0) AND (rate_ppm <= 1000000))),
    CONSTRAINT tax_rate_components CHECK ((jsonb_typeof(components) = 'array'::text)),
    CONSTRAINT tax_rate_reason CHECK (((treatment <> 'product_exempt'::text) OR (reason IS NOT NULL))),
    CONSTRAINT tax_rate_treatment CHECK (
CASE
    WHEN (rate_ppm > 0) THEN (treatment = ANY (ARRAY['standard'::text, 'reduced'::text]))
    ELSE (treatment = ANY (ARRAY['zero'::text, 'product_exempt'::text, 'not_subject'::text, 'not_collecting'::text]))
END)
);

COMMENT ON TABLE public.tax_rate IS 'pricing: dated tax rates; a rate holds until the next row';

CREATE TABLE public.transfer (
    bucket smallint NOT NULL,
    source_id uuid NOT NULL,
    purpose text NOT NULL,
    n smallint NOT NULL,
    seller_code text NOT NULL,
    customer_id uuid,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    debit text NOT NULL,
    credit text NOT NULL,
    dim text DEFAULT ''::text NOT NULL,
    booked_on date NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT transfer_accounts CHECK (((debit = ANY ('{receivable,psp_clearing,psp_reserve,in_transit,bank,fx_clearing,dispute_hold,input_tax,deferred_revenue,tax_payable,customer_credit,suspense,revenue,psp_fees,fx_result,dispute_loss}'::text[])) AND (credit = ANY ('{receivable,psp_clearing,psp_reserve,in_transit,bank,fx_clearing,dispute_hold,input_tax,deferred_revenue,tax_payable,customer_credit,suspense,revenue,psp_fees,fx_result,dispute_loss}'::text[])))),
    CONSTRAINT transfer_amount CHECK ((amount_minor > 0)),
    CONSTRAINT transfer_purpose CHECK ((purpose = ANY ('{issue_net,issue_tax,credit_used,capture,void_net,void_tax,void_credit,credit_net,credit_earned,credit_tax,refund,unmatched,matched,returned,recognise,psp_fee,psp_fee_tax,fx_sold,fx_bought,payout,payout_reversed,banked,line_suspense,dispute_hold,dispute_over,dispute_offset,dispute_loss,dispute_reopen,dispute_unclaimed,refund_reversed,return_reversed}'::text[]))),
    CONSTRAINT transfer_two_accounts CHECK ((debit <> credit))
);

COMMENT ON TABLE public.transfer IS 'ledger: one amount moved from one account to another; append-only';

CREATE TABLE public.transition (
    machine text NOT NULL,
    before text NOT NULL,
    event text NOT NULL,
    after text NOT NULL
);

COMMENT ON TABLE public.transition IS 'base: the state tables of the code, mirrored';

CREATE TABLE public.trial_redemption (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    family text NOT NULL,
    subscription_id uuid NOT NULL,
    redeemed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.trial_redemption IS 'customers: the trial a customer has used up in a product family';

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pk PRIMARY KEY (code);

ALTER TABLE ONLY public.add_on_rule
    ADD CONSTRAINT add_on_rule_pk PRIMARY KEY (base_plan_code, add_on_plan_code);

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT agreement_pk PRIMARY KEY (subscription_id, bucket, kind, text_version, accepted_at);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_pk PRIMARY KEY (invoice_id, bucket, no);

ALTER TABLE ONLY public.amount_limit
    ADD CONSTRAINT amount_limit_pk PRIMARY KEY (role, currency);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.attempt_authentication
    ADD CONSTRAINT attempt_authentication_pk PRIMARY KEY (attempt_id, bucket);

ALTER TABLE ONLY public.attempt_evidence
    ADD CONSTRAINT attempt_evidence_pk PRIMARY KEY (attempt_id, bucket, no);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.bill_parked
    ADD CONSTRAINT bill_parked_pk PRIMARY KEY (subscription_id, bucket);

ALTER TABLE ONLY public.bill_run
    ADD CONSTRAINT bill_run_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_pause
    ADD CONSTRAINT billing_pause_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.bulk_job
    ADD CONSTRAINT bulk_job_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.bulk_row
    ADD CONSTRAINT bulk_row_once UNIQUE (job_id, subject_id);

ALTER TABLE ONLY public.bulk_row
    ADD CONSTRAINT bulk_row_pk PRIMARY KEY (job_id, no);

ALTER TABLE ONLY public.card_notice
    ADD CONSTRAINT card_notice_pk PRIMARY KEY (payment_method_id, bucket, expires_on, days);

ALTER TABLE ONLY public.catalog_part
    ADD CONSTRAINT catalog_part_pk PRIMARY KEY (kind, code, release_no);

ALTER TABLE ONLY public.catalog_release
    ADD CONSTRAINT catalog_release_pk PRIMARY KEY (no);

ALTER TABLE ONLY public.checkout_session
    ADD CONSTRAINT checkout_session_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.collection_policy
    ADD CONSTRAINT collection_policy_pk PRIMARY KEY (market_code, version);

ALTER TABLE ONLY public.coupon
    ADD CONSTRAINT coupon_pk PRIMARY KEY (code);

ALTER TABLE ONLY public.cover
    ADD CONSTRAINT cover_pk PRIMARY KEY (invoice_id, bucket, component, starts_at);

ALTER TABLE ONLY public.credit_lot
    ADD CONSTRAINT credit_lot_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.credit_note
    ADD CONSTRAINT credit_note_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.customer_key
    ADD CONSTRAINT customer_key_pk PRIMARY KEY (customer_id, bucket);

ALTER TABLE ONLY public.customer_note
    ADD CONSTRAINT customer_note_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.customer_version
    ADD CONSTRAINT customer_version_pk PRIMARY KEY (customer_id, bucket, version);

ALTER TABLE ONLY public.dataset_close
    ADD CONSTRAINT dataset_close_pk PRIMARY KEY (month, no);

ALTER TABLE ONLY public.dataset_headline
    ADD CONSTRAINT dataset_headline_pk PRIMARY KEY (release_no);

ALTER TABLE ONLY public.dataset_interval
    ADD CONSTRAINT dataset_interval_pk PRIMARY KEY (no);

ALTER TABLE ONLY public.dataset_lease
    ADD CONSTRAINT dataset_lease_pk PRIMARY KEY (name);

ALTER TABLE ONLY public.dataset_release
    ADD CONSTRAINT dataset_release_pk PRIMARY KEY (no);

ALTER TABLE ONLY public.dataset_retired_interval
    ADD CONSTRAINT dataset_retired_interval_pk PRIMARY KEY (interval_no);

ALTER TABLE ONLY public.dataset_retired_release
    ADD CONSTRAINT dataset_retired_release_pk PRIMARY KEY (release_no);

ALTER TABLE ONLY public.dataset_run
    ADD CONSTRAINT dataset_run_pk PRIMARY KEY (no);

ALTER TABLE ONLY public.debit_notice
    ADD CONSTRAINT debit_notice_once UNIQUE (payment_id, bucket, no);

ALTER TABLE ONLY public.debit_notice
    ADD CONSTRAINT debit_notice_pk PRIMARY KEY (payment_id, bucket, no, amount_minor, due_on);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.default_method
    ADD CONSTRAINT default_method_pk PRIMARY KEY (customer_id, bucket);

ALTER TABLE ONLY public.dispute_draw
    ADD CONSTRAINT dispute_draw_pk PRIMARY KEY (dispute_id, bucket, no, lot_id);

ALTER TABLE ONLY public.dispute_evidence
    ADD CONSTRAINT dispute_evidence_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.dispute_fact
    ADD CONSTRAINT dispute_fact_once UNIQUE (dispute_id, bucket, fact_key);

ALTER TABLE ONLY public.dispute_fact
    ADD CONSTRAINT dispute_fact_pk PRIMARY KEY (dispute_id, bucket, no);

ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.dispute_policy
    ADD CONSTRAINT dispute_policy_pk PRIMARY KEY (kind);

ALTER TABLE ONLY public.document_body
    ADD CONSTRAINT document_body_pk PRIMARY KEY (document_id, bucket);

ALTER TABLE ONLY public.document_number
    ADD CONSTRAINT document_number_once UNIQUE (series_id, document_id);

ALTER TABLE ONLY public.document_number
    ADD CONSTRAINT document_number_pk PRIMARY KEY (series_id, "position");

ALTER TABLE ONLY public.einvoice_check
    ADD CONSTRAINT einvoice_check_pk PRIMARY KEY (document_id, bucket);

ALTER TABLE ONLY public.environment
    ADD CONSTRAINT environment_pk PRIMARY KEY (one);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.evidence_proposal
    ADD CONSTRAINT evidence_proposal_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.global_key
    ADD CONSTRAINT global_key_pk PRIMARY KEY (lookup_bucket, kind, key_hash);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pk PRIMARY KEY (principal, key, bucket);

ALTER TABLE ONLY public.instrument
    ADD CONSTRAINT instrument_pk PRIMARY KEY (payment_method_id, bucket, psp_account, psp_token);

ALTER TABLE ONLY public.instrument
    ADD CONSTRAINT instrument_token UNIQUE (psp_account, psp_token, bucket);

ALTER TABLE ONLY public.invoice_line
    ADD CONSTRAINT invoice_line_pk PRIMARY KEY (period_start, bucket, subscription_id, item_no, kind);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.lease
    ADD CONSTRAINT lease_pk PRIMARY KEY (job, bucket_from);

ALTER TABLE ONLY public.ledger_period
    ADD CONSTRAINT ledger_period_pk PRIMARY KEY (seller_code, month);

ALTER TABLE ONLY public.line_credit
    ADD CONSTRAINT line_credit_pk PRIMARY KEY (period_start, bucket, subscription_id, item_no, kind, seq);

ALTER TABLE ONLY public.mail_block
    ADD CONSTRAINT mail_block_pk PRIMARY KEY (customer_id, bucket);

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_once UNIQUE (subject_id, bucket, kind, occasion, sequence);

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.mandate_fact
    ADD CONSTRAINT mandate_fact_once UNIQUE (mandate_id, bucket, fact_key);

ALTER TABLE ONLY public.mandate_fact
    ADD CONSTRAINT mandate_fact_pk PRIMARY KEY (mandate_id, bucket, no);

ALTER TABLE ONLY public.mandate
    ADD CONSTRAINT mandate_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.mandate
    ADD CONSTRAINT mandate_token UNIQUE (psp_account, psp_token, bucket);

ALTER TABLE ONLY public.market
    ADD CONSTRAINT market_pk PRIMARY KEY (code);

ALTER TABLE ONLY public.market_text
    ADD CONSTRAINT market_text_pk PRIMARY KEY (market_code, kind, language, version);

ALTER TABLE ONLY public.migration
    ADD CONSTRAINT migration_pk PRIMARY KEY (name);

ALTER TABLE ONLY public.model_belief
    ADD CONSTRAINT model_belief_pk PRIMARY KEY (kind, week, tenth);

ALTER TABLE ONLY public.model_fault
    ADD CONSTRAINT model_fault_pk PRIMARY KEY (kind, tick, seller_code, why);

ALTER TABLE ONLY public.model_feature
    ADD CONSTRAINT model_feature_pk PRIMARY KEY (kind, day, feature, level);

ALTER TABLE ONLY public.model_switch
    ADD CONSTRAINT model_switch_pk PRIMARY KEY (kind, seller_code, no);

ALTER TABLE ONLY public.model_tally
    ADD CONSTRAINT model_tally_pk PRIMARY KEY (kind, seller_code, no, version, acts, cell);

ALTER TABLE ONLY public.money_exception
    ADD CONSTRAINT money_exception_id UNIQUE (id, bucket);

ALTER TABLE ONLY public.money_exception
    ADD CONSTRAINT money_exception_pk PRIMARY KEY (subject_id, bucket, reason);

ALTER TABLE ONLY public.network_limit
    ADD CONSTRAINT network_limit_pk PRIMARY KEY (network, region, initiator, hours, valid_from);

ALTER TABLE ONLY public.number_series
    ADD CONSTRAINT number_series_natural UNIQUE (seller_code, kind, period);

ALTER TABLE ONLY public.number_series
    ADD CONSTRAINT number_series_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.numbering_queue
    ADD CONSTRAINT numbering_queue_pk PRIMARY KEY (bucket, document_id);

ALTER TABLE ONLY public.payment_method
    ADD CONSTRAINT payment_method_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.payment_notice
    ADD CONSTRAINT payment_notice_pk PRIMARY KEY (payment_id, bucket, kind, day);

ALTER TABLE ONLY public.payment
    ADD CONSTRAINT payment_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.payment_setup
    ADD CONSTRAINT payment_setup_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_once UNIQUE (reference, psp_account, currency);

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.payout_step
    ADD CONSTRAINT payout_step_pk PRIMARY KEY (payout_id, no);

ALTER TABLE ONLY public.pending_change
    ADD CONSTRAINT pending_change_invoice UNIQUE (invoice_id, bucket);

ALTER TABLE ONLY public.pending_change
    ADD CONSTRAINT pending_change_pk PRIMARY KEY (subscription_id, bucket);

ALTER TABLE ONLY public.person_identity
    ADD CONSTRAINT person_identity_once UNIQUE (issuer, subject);

ALTER TABLE ONLY public.person_identity
    ADD CONSTRAINT person_identity_pk PRIMARY KEY (person_id, issuer);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_one_email UNIQUE (email);

ALTER TABLE ONLY public.person_password
    ADD CONSTRAINT person_password_pk PRIMARY KEY (person_id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.person_session
    ADD CONSTRAINT person_session_once UNIQUE (link_hash);

ALTER TABLE ONLY public.person_session
    ADD CONSTRAINT person_session_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.person_session
    ADD CONSTRAINT person_session_secret UNIQUE (secret_hash);

ALTER TABLE ONLY public.plan_phase
    ADD CONSTRAINT plan_phase_pk PRIMARY KEY (plan_code, no);

ALTER TABLE ONLY public.plan
    ADD CONSTRAINT plan_pk PRIMARY KEY (code);

ALTER TABLE ONLY public.portal_session
    ADD CONSTRAINT portal_session_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.price
    ADD CONSTRAINT price_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.product
    ADD CONSTRAINT product_pk PRIMARY KEY (code);

ALTER TABLE ONLY public.psp_account
    ADD CONSTRAINT psp_account_pk PRIMARY KEY (code);

ALTER TABLE ONLY public.psp_event
    ADD CONSTRAINT psp_event_pk PRIMARY KEY (psp_account, event_key);

ALTER TABLE ONLY public.purchase
    ADD CONSTRAINT purchase_one_subscription UNIQUE (subscription_id, bucket);

ALTER TABLE ONLY public.purchase
    ADD CONSTRAINT purchase_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT receipt_one UNIQUE (subject_id, bucket, kind);

ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT receipt_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.recognition
    ADD CONSTRAINT recognition_pk PRIMARY KEY (month, bucket, seller_code, currency, category);

ALTER TABLE ONLY public.refund_draw
    ADD CONSTRAINT refund_draw_pk PRIMARY KEY (refund_id, bucket, lot_id);

ALTER TABLE ONLY public.refund_line
    ADD CONSTRAINT refund_line_pk PRIMARY KEY (refund_id, bucket, period_start, item_no, kind);

ALTER TABLE ONLY public.refund
    ADD CONSTRAINT refund_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.refund_proposal
    ADD CONSTRAINT refund_proposal_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.refund_withheld
    ADD CONSTRAINT refund_withheld_pk PRIMARY KEY (refund_id, bucket, period_start, item_no, kind, from_on);

ALTER TABLE ONLY public.renewal_notice
    ADD CONSTRAINT renewal_notice_pk PRIMARY KEY (subscription_id, bucket, renews_on, days);

ALTER TABLE ONLY public.retention_key
    ADD CONSTRAINT retention_key_pk PRIMARY KEY (seller_code, year);

ALTER TABLE ONLY public.retry_model
    ADD CONSTRAINT retry_model_pk PRIMARY KEY (version);

ALTER TABLE ONLY public.retry_plan
    ADD CONSTRAINT retry_plan_pk PRIMARY KEY (payment_id, bucket, revision);

ALTER TABLE ONLY public.router_cursor
    ADD CONSTRAINT router_cursor_pk PRIMARY KEY (kind);

ALTER TABLE ONLY public.router_delta
    ADD CONSTRAINT router_delta_pk PRIMARY KEY (tick, upto, market, region, brand, funding, psp_account, is_burst);

ALTER TABLE ONLY public.router_share
    ADD CONSTRAINT router_share_pk PRIMARY KEY (tick, market, region, brand, funding, psp_account);

ALTER TABLE ONLY public.router_snapshot
    ADD CONSTRAINT router_snapshot_pk PRIMARY KEY (tick);

ALTER TABLE ONLY public.routing_policy
    ADD CONSTRAINT routing_policy_pk PRIMARY KEY (version);

ALTER TABLE ONLY public.sandbox_instruction
    ADD CONSTRAINT sandbox_instruction_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.saved_filter
    ADD CONSTRAINT saved_filter_once UNIQUE (person_id, path, name);

ALTER TABLE ONLY public.saved_filter
    ADD CONSTRAINT saved_filter_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.scheme_rule
    ADD CONSTRAINT scheme_rule_pk PRIMARY KEY (scheme, valid_from);

ALTER TABLE ONLY public.seller
    ADD CONSTRAINT seller_pk PRIMARY KEY (code);

ALTER TABLE ONLY public.series_template
    ADD CONSTRAINT series_template_pk PRIMARY KEY (seller_code, kind);

ALTER TABLE ONLY public.settlement_file
    ADD CONSTRAINT settlement_file_once UNIQUE (psp_account, sha256);

ALTER TABLE ONLY public.settlement_file
    ADD CONSTRAINT settlement_file_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.settlement_line
    ADD CONSTRAINT settlement_line_pk PRIMARY KEY (file_id, line_no);

ALTER TABLE ONLY public.settlement_step
    ADD CONSTRAINT settlement_step_pk PRIMARY KEY (file_id, state);

ALTER TABLE ONLY public.settlement_total
    ADD CONSTRAINT settlement_total_pk PRIMARY KEY (file_id, seller_code, gross_currency, currency);

ALTER TABLE ONLY public.sign_in_count
    ADD CONSTRAINT sign_in_count_pk PRIMARY KEY (key_hash);

ALTER TABLE ONLY public.sign_in_link
    ADD CONSTRAINT sign_in_link_pk PRIMARY KEY (secret_hash);

ALTER TABLE ONLY public.sign_in_state
    ADD CONSTRAINT sign_in_state_pk PRIMARY KEY (state_hash);

ALTER TABLE ONLY public.subscription_event
    ADD CONSTRAINT subscription_event_once UNIQUE (subscription_id, bucket, command_key, kind);

ALTER TABLE ONLY public.subscription_event
    ADD CONSTRAINT subscription_event_pk PRIMARY KEY (subscription_id, bucket, seq);

ALTER TABLE ONLY public.subscription_item
    ADD CONSTRAINT subscription_item_pk PRIMARY KEY (subscription_id, bucket, no);

ALTER TABLE ONLY public.subscription_offer
    ADD CONSTRAINT subscription_offer_pk PRIMARY KEY (subscription_id, bucket, no);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_pk PRIMARY KEY (id, bucket);

ALTER TABLE ONLY public.tax_rate
    ADD CONSTRAINT tax_rate_pk PRIMARY KEY (market_code, category, valid_from);

ALTER TABLE ONLY public.transfer
    ADD CONSTRAINT transfer_pk PRIMARY KEY (source_id, bucket, purpose, n);

ALTER TABLE ONLY public.transition
    ADD CONSTRAINT transition_pk PRIMARY KEY (machine, before, event, after);

ALTER TABLE ONLY public.trial_redemption
    ADD CONSTRAINT trial_redemption_pk PRIMARY KEY (customer_id, bucket, family);

CREATE INDEX agreement_fence ON public.agreement USING brin (fence) WITH (autosummarize='on');

CREATE INDEX allocation_fence ON public.allocation USING brin (fence) WITH (autosummarize='on');

CREATE INDEX allocation_of_lot ON public.allocation USING btree (source_id, bucket) WHERE ((source_kind || ''::text) = 'credit'::text);

CREATE UNIQUE INDEX attempt_adopted_once ON public.attempt USING btree (adopted_from, bucket) WHERE (adopted_from IS NOT NULL);

CREATE INDEX attempt_authentication_fence ON public.attempt_authentication USING brin (fence) WITH (autosummarize='on');

CREATE INDEX attempt_evidence_fence ON public.attempt_evidence USING brin (fence) WITH (autosummarize='on');

CREATE INDEX attempt_in_vain ON public.attempt USING btree (psp_token, bucket, sent_at) WHERE (state <> ALL (ARRAY['succeeded'::text, 'not_executed'::text]));

CREATE INDEX attempt_of_payment ON public.attempt USING btree (payment_id, bucket, ordinal);

CREATE INDEX attempt_of_psp_ref ON public.attempt USING btree (psp_account, psp_ref) WHERE (psp_ref IS NOT NULL);

CREATE UNIQUE INDEX attempt_one_live ON public.attempt USING btree (payment_id, bucket) WHERE (state = ANY (ARRAY['sent'::text, 'unknown'::text, 'requires_action'::text, 'succeeded'::text]));

CREATE INDEX attempt_resolving ON public.attempt USING btree (bucket, resolve_at) WHERE (resolve_at IS NOT NULL);

CREATE INDEX audit_entry_fence ON public.audit_entry USING brin (fence) WITH (autosummarize='on');

CREATE UNIQUE INDEX audit_entry_key ON public.audit_entry USING btree (actor, key) WHERE (key IS NOT NULL);

CREATE INDEX audit_entry_of_customer ON public.audit_entry USING btree (customer_id, id) WHERE (customer_id IS NOT NULL);

CREATE INDEX audit_entry_of_object ON public.audit_entry USING btree (object_id, id) WHERE (object_id IS NOT NULL);

CREATE UNIQUE INDEX billing_pause_open ON public.billing_pause USING btree (((resumed_at IS NULL))) WHERE (resumed_at IS NULL);

CREATE INDEX bulk_job_running ON public.bulk_job USING btree (id) WHERE ((started_at IS NOT NULL) AND (paused_at IS NULL) AND (canceled_at IS NULL) AND (ended_at IS NULL));

CREATE INDEX bulk_row_waiting ON public.bulk_row USING btree (job_id, no) WHERE (outcome IS NULL);

CREATE INDEX card_notice_due ON public.card_notice USING btree (bucket, due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX catalog_part_of_hash ON public.catalog_part USING btree (hash);

CREATE INDEX checkout_session_of_customer ON public.checkout_session USING btree (customer_id, bucket, created_at);

CREATE UNIQUE INDEX cover_once ON public.cover USING btree ((((((starts_at AT TIME ZONE 'UTC'::text))::date - '2000-01-01'::date) >> 5)), bucket, subscription_id, component, starts_at);

CREATE INDEX credit_lot_of_customer ON public.credit_lot USING btree (customer_id, bucket);

CREATE INDEX credit_note_fence ON public.credit_note USING brin (fence) WITH (autosummarize='on');

CREATE INDEX credit_note_of_customer ON public.credit_note USING btree (customer_id, bucket);

CREATE INDEX credit_note_of_invoice ON public.credit_note USING btree (invoice_id, bucket);

CREATE INDEX customer_note_of_customer ON public.customer_note USING btree (customer_id, written_at);

CREATE INDEX customer_of_email ON public.customer USING btree (email_hash, bucket) WHERE (email_hash IS NOT NULL);

CREATE INDEX customer_version_fence ON public.customer_version USING brin (fence) WITH (autosummarize='on');

CREATE INDEX debit_notice_fence ON public.debit_notice USING brin (fence) WITH (autosummarize='on');

CREATE INDEX decision_fence ON public.decision USING brin (fence) WITH (autosummarize='on');

CREATE INDEX dispute_draw_fence ON public.dispute_draw USING brin (fence) WITH (autosummarize='on');

CREATE INDEX dispute_draw_of_lot ON public.dispute_draw USING btree (lot_id, bucket);

CREATE INDEX dispute_due ON public.dispute USING btree (due_by) WHERE (state = ANY (ARRAY['warning'::text, 'needs_response'::text]));

CREATE INDEX dispute_evidence_due ON public.dispute_evidence USING btree (resolve_at) WHERE (resolve_at IS NOT NULL);

CREATE INDEX dispute_evidence_of_dispute ON public.dispute_evidence USING btree (dispute_id, bucket);

CREATE UNIQUE INDEX dispute_evidence_once ON public.dispute_evidence USING btree (dispute_id, bucket, stage) WHERE (state = ANY (ARRAY['sent'::text, 'unknown'::text, 'accepted'::text]));

CREATE INDEX dispute_fact_fence ON public.dispute_fact USING brin (fence) WITH (autosummarize='on');

CREATE INDEX dispute_in_state ON public.dispute USING btree (state, id);

CREATE UNIQUE INDEX dispute_named ON public.dispute USING btree (psp_account, psp_ref, bucket) WHERE (psp_ref IS NOT NULL);

CREATE INDEX dispute_nameless ON public.dispute USING btree (psp_account, id) WHERE (psp_ref IS NULL);

CREATE INDEX dispute_of_attempt ON public.dispute USING btree (attempt_id, bucket);

CREATE INDEX dispute_of_payment ON public.dispute USING btree (payment_id, bucket);

CREATE INDEX document_body_fence ON public.document_body USING brin (fence) WITH (autosummarize='on');

CREATE INDEX document_number_fence ON public.document_number USING brin (fence) WITH (autosummarize='on');

CREATE INDEX einvoice_check_waiting ON public.einvoice_check USING btree (looks, document_id) WHERE (state = 'waiting'::text);

CREATE INDEX event_fence ON public.event USING brin (fence) WITH (autosummarize='on');

CREATE INDEX event_of_aggregate ON public.event USING btree (aggregate_id, bucket, seq);

CREATE INDEX event_unrelayed ON public.event USING btree (bucket, id) WHERE (relayed_at IS NULL);

CREATE INDEX evidence_proposal_of_subject ON public.evidence_proposal USING btree (subject_id, bucket);

CREATE UNIQUE INDEX evidence_proposal_open ON public.evidence_proposal USING btree (subject_id, bucket) WHERE (state = 'proposed'::text);

CREATE INDEX idempotency_key_age ON public.idempotency_key USING btree (created_at);

CREATE INDEX idempotency_key_of_customer ON public.idempotency_key USING btree (customer_id) WHERE (customer_id IS NOT NULL);

CREATE INDEX instrument_expiring ON public.instrument USING btree (expires_on, bucket) WHERE ((state = 'active'::text) AND (expires_on IS NOT NULL));

CREATE INDEX instrument_of_card ON public.instrument USING btree (fingerprint_hash, bucket) WHERE (fingerprint_hash IS NOT NULL);

CREATE UNIQUE INDEX instrument_one_active ON public.instrument USING btree (payment_method_id, bucket, psp_account) WHERE (state = 'active'::text);

CREATE INDEX invoice_in_state ON public.invoice USING btree (state, id) WHERE (state <> 'paid'::text);

CREATE INDEX invoice_line_fence ON public.invoice_line USING brin (fence) WITH (autosummarize='on');

CREATE INDEX invoice_line_of_invoice ON public.invoice_line USING btree (invoice_id, bucket);

CREATE INDEX invoice_of_customer ON public.invoice USING btree ((((issued_on - '2000-01-01'::date) >> 5)), bucket, customer_id);

CREATE INDEX line_credit_fence ON public.line_credit USING brin (fence) WITH (autosummarize='on');

CREATE INDEX line_credit_of_note ON public.line_credit USING btree (credit_note_id, bucket);

CREATE INDEX mail_due_at ON public.mail USING btree (bucket, due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX mail_of_customer ON public.mail USING btree ((((((occurred_at AT TIME ZONE 'UTC'::text))::date - '2000-01-01'::date) >> 5)), bucket, customer_id);

CREATE INDEX mail_unsent ON public.mail USING btree (state, id) WHERE (state = ANY (ARRAY['unknown'::text, 'bounced'::text, 'failed'::text]));

CREATE INDEX mandate_fact_fence ON public.mandate_fact USING brin (fence) WITH (autosummarize='on');

CREATE INDEX mandate_looking ON public.mandate USING btree (bucket, look_at) WHERE (look_at IS NOT NULL);

CREATE INDEX mandate_of_method ON public.mandate USING btree (payment_method_id, bucket);

CREATE INDEX money_exception_open ON public.money_exception USING btree (reason, bucket, opened_at) WHERE (closed_at IS NULL);

CREATE INDEX money_exception_unclosed ON public.money_exception USING btree (id) WHERE (closed_at IS NULL);

CREATE INDEX numbering_queue_order ON public.numbering_queue USING btree (series_id, issued_at, document_id);

CREATE INDEX payment_due ON public.payment USING btree (bucket, next_try_at) WHERE (next_try_at IS NOT NULL);

CREATE INDEX payment_given_up ON public.payment USING btree (invoice_id, bucket) WHERE (state = ANY (ARRAY['failed'::text, 'canceled'::text]));

CREATE INDEX payment_in_state ON public.payment USING btree (state, id) WHERE (state <> 'succeeded'::text);

CREATE INDEX payment_method_of_customer ON public.payment_method USING btree (customer_id, bucket);

CREATE INDEX payment_notice_due ON public.payment_notice USING btree (bucket, due_at) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX payment_one_live ON public.payment USING btree (invoice_id, bucket, purpose) WHERE (state = ANY (ARRAY['processing'::text, 'succeeded'::text]));

CREATE INDEX payment_refused ON public.payment USING btree (next_try_at, id) INCLUDE (bucket, currency, amount_minor, captured_minor, tries, awaits_payer) WHERE ((next_try_at IS NOT NULL) AND (tries > 0));

CREATE INDEX payment_setup_of_customer ON public.payment_setup USING btree (customer_id, bucket);

CREATE INDEX payment_setup_resolving ON public.payment_setup USING btree (bucket, resolve_at) WHERE (resolve_at IS NOT NULL);

CREATE INDEX payout_failed_since ON public.payout USING btree (failed_on) WHERE (state = 'failed'::text);

CREATE INDEX payout_newest ON public.payout USING btree (announced_on, id);

CREATE INDEX payout_of_account ON public.payout USING btree (psp_account, currency, announced_on);

CREATE INDEX payout_of_file ON public.payout USING btree (file_id);

CREATE INDEX payout_on_its_way ON public.payout USING btree (announced_on) WHERE (state = 'announced'::text);

CREATE INDEX payout_sent_back ON public.payout USING btree (returned_on) WHERE (state = 'returned'::text);

CREATE INDEX payout_step_fence ON public.payout_step USING brin (fence) WITH (autosummarize='on');

CREATE INDEX pending_change_lapsing ON public.pending_change USING btree (bucket, lapses_at);

CREATE INDEX person_session_of_person ON public.person_session USING btree (person_id, started_at);

CREATE INDEX portal_session_age ON public.portal_session USING btree (created_at);

CREATE UNIQUE INDEX price_natural ON public.price USING btree (plan_code, phase_no, component, market_code, channel, valid_from) WHERE (owner_subscription_id IS NULL);

CREATE INDEX psp_event_kept ON public.psp_event USING btree (received_at) WHERE (body IS NOT NULL);

CREATE INDEX psp_event_of_reference ON public.psp_event USING btree (reference) WHERE (body IS NOT NULL);

CREATE INDEX psp_event_waiting ON public.psp_event USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX purchase_of_session ON public.purchase USING btree (checkout_session_id, checkout_try, bucket) WHERE (checkout_session_id IS NOT NULL);

CREATE UNIQUE INDEX purchase_one_of_session ON public.purchase USING btree (checkout_session_id, bucket) WHERE ((checkout_session_id IS NOT NULL) AND (state <> 'failed'::text));

CREATE INDEX receipt_fence ON public.receipt USING brin (fence) WITH (autosummarize='on');

CREATE INDEX receipt_of_customer ON public.receipt USING btree ((((((issued_at AT TIME ZONE 'UTC'::text))::date - '2000-01-01'::date) >> 5)), bucket, customer_id);

CREATE INDEX recognition_fence ON public.recognition USING brin (fence) WITH (autosummarize='on');

CREATE INDEX refund_draw_of_lot ON public.refund_draw USING btree (lot_id, bucket);

CREATE INDEX refund_draw_of_payout ON public.refund_draw USING btree (payout_id, bucket);

CREATE INDEX refund_in_state ON public.refund USING btree (state, id) WHERE (state <> 'succeeded'::text);

CREATE INDEX refund_line_of_invoice ON public.refund_line USING btree (invoice_id, bucket);

CREATE INDEX refund_of_customer ON public.refund USING btree (customer_id, bucket);

CREATE UNIQUE INDEX refund_of_late ON public.refund USING btree (attempt_id, bucket) WHERE ((attempt_id IS NOT NULL) AND (state <> ALL (ARRAY['failed'::text, 'reversed'::text])));

CREATE INDEX refund_of_payment ON public.refund USING btree (payment_id, bucket);

CREATE INDEX refund_of_psp_ref ON public.refund USING btree (psp_account, psp_ref) WHERE (psp_ref IS NOT NULL);

CREATE INDEX refund_proposal_of_payment ON public.refund_proposal USING btree (payment_id, bucket);

CREATE UNIQUE INDEX refund_proposal_open ON public.refund_proposal USING btree (payment_id, bucket) WHERE (state = 'proposed'::text);

CREATE INDEX refund_resolving ON public.refund USING btree (bucket, resolve_at) WHERE (resolve_at IS NOT NULL);

CREATE INDEX renewal_notice_due ON public.renewal_notice USING btree (bucket, due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX retry_plan_fence ON public.retry_plan USING brin (fence) WITH (autosummarize='on');

CREATE UNIQUE INDEX sandbox_instruction_open ON public.sandbox_instruction USING btree (((state = ANY (ARRAY['asked'::text, 'running'::text])))) WHERE (state = ANY (ARRAY['asked'::text, 'running'::text]));

CREATE INDEX saved_filter_shared ON public.saved_filter USING btree (shared_with) WHERE (shared_with IS NOT NULL);

CREATE INDEX settlement_file_of_account ON public.settlement_file USING btree (psp_account, imported_at);

CREATE UNIQUE INDEX settlement_file_reference ON public.settlement_file USING btree (psp_account, reference) WHERE (state = 'imported'::text);

CREATE INDEX settlement_line_alone ON public.settlement_line USING btree (file_id, line_no) WHERE (id IS NOT NULL);

CREATE INDEX settlement_line_named ON public.settlement_line USING btree (id) WHERE (id IS NOT NULL);

CREATE INDEX settlement_line_of_subject ON public.settlement_line USING btree (subject_id) WHERE (subject_id IS NOT NULL);

CREATE INDEX settlement_line_open ON public.settlement_line USING btree (file_id, line_no) WHERE (match = ANY (ARRAY['waiting'::text, 'unmatched'::text]));

CREATE INDEX settlement_step_fence ON public.settlement_step USING brin (fence) WITH (autosummarize='on');

CREATE INDEX sign_in_count_began ON public.sign_in_count USING btree (began_at);

CREATE INDEX sign_in_state_created ON public.sign_in_state USING btree (created_at);

CREATE INDEX subscription_due ON public.subscription USING btree (bucket, next_bill_at) WHERE ((next_bill_at IS NOT NULL) AND (parked IS NULL));

CREATE INDEX subscription_ended ON public.subscription USING btree (customer_id, bucket) WHERE (state = ANY (ARRAY['canceled'::text, 'expired'::text]));

CREATE INDEX subscription_event_fence ON public.subscription_event USING brin (fence) WITH (autosummarize='on');

CREATE INDEX subscription_foretold ON public.subscription USING btree (bucket, next_bill_at) WHERE ((next_bill_at IS NOT NULL) AND (parked IS NULL) AND ((state = 'trialing'::text) OR (cadence_unit = 'year'::text)));

CREATE INDEX subscription_in_state ON public.subscription USING btree (state, id) WHERE (state <> 'active'::text);

CREATE UNIQUE INDEX subscription_one_live ON public.subscription USING btree (customer_id, bucket, family) WHERE (state <> ALL (ARRAY['canceled'::text, 'expired'::text]));

CREATE INDEX transfer_booked_on ON public.transfer USING brin (booked_on date_minmax_multi_ops) WITH (autosummarize='on');

CREATE INDEX transfer_fence ON public.transfer USING brin (fence) WITH (autosummarize='on');

CREATE TRIGGER agreement_append_only BEFORE DELETE OR UPDATE ON public.agreement FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER allocation_append_only BEFORE DELETE OR UPDATE ON public.allocation FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER attempt_authentication_append_only BEFORE DELETE OR UPDATE ON public.attempt_authentication FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER attempt_evidence_append_only BEFORE DELETE OR UPDATE ON public.attempt_evidence FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER attempt_frozen BEFORE UPDATE ON public.attempt FOR EACH ROW WHEN ((((((((((((((((old.payment_id IS DISTINCT FROM new.payment_id) OR (old.ordinal IS DISTINCT FROM new.ordinal)) OR (old.psp_account IS DISTINCT FROM new.psp_account)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.amount_minor IS DISTINCT FROM new.amount_minor)) OR (old.initiator IS DISTINCT FROM new.initiator)) OR (old.sent_at IS DISTINCT FROM new.sent_at)) OR (old.request_digest IS DISTINCT FROM new.request_digest)) OR (old.adopted_from IS DISTINCT FROM new.adopted_from)) OR (old.decision_id IS DISTINCT FROM new.decision_id)) OR (old.challenge IS DISTINCT FROM new.challenge)) OR (old.mandate_id IS DISTINCT FROM new.mandate_id)) OR (old.notice_no IS DISTINCT FROM new.notice_no)) OR (old.due_on IS DISTINCT FROM new.due_on)) OR ((old.return_url IS DISTINCT FROM new.return_url) AND (new.evidence_no IS NULL)) OR ((old.psp_token <> new.psp_token) AND ((old.evidence_no IS NULL) OR (new.psp_token <> ''::text))) OR ((old.evidence_no IS NOT NULL) AND ((new.psp_token <> ''::text) OR ((to_jsonb(old.*) - 'psp_token'::text) <> (to_jsonb(new.*) - 'psp_token'::text)))))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER attempt_kept BEFORE DELETE ON public.attempt FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER billing_pause_frozen BEFORE UPDATE ON public.billing_pause FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.paused_by IS DISTINCT FROM new.paused_by)) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.paused_at IS DISTINCT FROM new.paused_at)) OR (old.done_before IS DISTINCT FROM new.done_before)) OR (old.resumed_at IS NOT NULL))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER billing_pause_kept BEFORE DELETE ON public.billing_pause FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER catalog_part_append_only BEFORE DELETE OR UPDATE ON public.catalog_part FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER catalog_release_append_only BEFORE DELETE OR UPDATE ON public.catalog_release FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER collection_policy_append_only BEFORE DELETE OR UPDATE ON public.collection_policy FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER credit_note_append_only BEFORE DELETE OR UPDATE ON public.credit_note FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER customer_note_frozen BEFORE UPDATE ON public.customer_note FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER customer_version_append_only BEFORE DELETE OR UPDATE ON public.customer_version FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dataset_close_append_only BEFORE DELETE OR UPDATE ON public.dataset_close FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dataset_interval_append_only BEFORE DELETE OR UPDATE ON public.dataset_interval FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dataset_release_append_only BEFORE DELETE OR UPDATE ON public.dataset_release FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dataset_retired_interval_append_only BEFORE DELETE OR UPDATE ON public.dataset_retired_interval FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dataset_retired_release_append_only BEFORE DELETE OR UPDATE ON public.dataset_retired_release FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dataset_run_append_only BEFORE DELETE OR UPDATE ON public.dataset_run FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER debit_notice_append_only BEFORE DELETE OR UPDATE ON public.debit_notice FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER decision_append_only BEFORE DELETE OR UPDATE ON public.decision FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dispute_draw_append_only BEFORE DELETE OR UPDATE ON public.dispute_draw FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dispute_evidence_kept BEFORE DELETE ON public.dispute_evidence FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dispute_fact_append_only BEFORE DELETE OR UPDATE ON public.dispute_fact FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER dispute_kept BEFORE DELETE ON public.dispute FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER document_body_append_only BEFORE DELETE OR UPDATE ON public.document_body FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER document_number_append_only BEFORE DELETE OR UPDATE ON public.document_number FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER evidence_proposal_frozen BEFORE UPDATE ON public.evidence_proposal FOR EACH ROW WHEN (((((((((old.subject_id IS DISTINCT FROM new.subject_id) OR (old.kind IS DISTINCT FROM new.kind)) OR (old.outcome IS DISTINCT FROM new.outcome)) OR (old.psp_ref IS DISTINCT FROM new.psp_ref)) OR (old.file_sha256 IS DISTINCT FROM new.file_sha256)) OR (old.proposed_by IS DISTINCT FROM new.proposed_by)) OR (old.proposed_at IS DISTINCT FROM new.proposed_at)) OR ((old.note <> new.note) AND (new.note <> ''::text)) OR ((old.ended_at IS NOT NULL) AND ((to_jsonb(old.*) - 'note'::text) <> (to_jsonb(new.*) - 'note'::text))))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER evidence_proposal_kept BEFORE DELETE ON public.evidence_proposal FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER invoice_frozen BEFORE UPDATE ON public.invoice FOR EACH ROW WHEN (((((((((((((((((old.customer_id IS DISTINCT FROM new.customer_id) OR (old.customer_version IS DISTINCT FROM new.customer_version)) OR (old.subscription_id IS DISTINCT FROM new.subscription_id)) OR (old.seller_code IS DISTINCT FROM new.seller_code)) OR (old.market_code IS DISTINCT FROM new.market_code)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.cause IS DISTINCT FROM new.cause)) OR (old.net_minor IS DISTINCT FROM new.net_minor)) OR (old.tax_minor IS DISTINCT FROM new.tax_minor)) OR (old.total_minor IS DISTINCT FROM new.total_minor)) OR (old.due_on IS DISTINCT FROM new.due_on)) OR (old.issued_on IS DISTINCT FROM new.issued_on)) OR (old.issued_at IS DISTINCT FROM new.issued_at)) OR (old.series_id IS DISTINCT FROM new.series_id)) OR (old.release_no IS DISTINCT FROM new.release_no)) OR (old.bill_run_id IS DISTINCT FROM new.bill_run_id))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER invoice_kept BEFORE DELETE ON public.invoice FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER invoice_line_append_only BEFORE DELETE OR UPDATE ON public.invoice_line FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER line_credit_append_only BEFORE DELETE OR UPDATE ON public.line_credit FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER mandate_fact_append_only BEFORE DELETE OR UPDATE ON public.mandate_fact FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER market_text_append_only BEFORE DELETE OR UPDATE ON public.market_text FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER model_switch_append_only BEFORE DELETE OR UPDATE ON public.model_switch FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER payment_frozen BEFORE UPDATE ON public.payment FOR EACH ROW WHEN (((((((((old.invoice_id IS DISTINCT FROM new.invoice_id) OR (old.purpose IS DISTINCT FROM new.purpose)) OR (old.customer_id IS DISTINCT FROM new.customer_id)) OR (old.subscription_id IS DISTINCT FROM new.subscription_id)) OR (old.seller_code IS DISTINCT FROM new.seller_code)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.amount_minor IS DISTINCT FROM new.amount_minor)) OR (old.created_at IS DISTINCT FROM new.created_at))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER payment_setup_frozen BEFORE UPDATE ON public.payment_setup FOR EACH ROW WHEN ((((((((((old.customer_id IS DISTINCT FROM new.customer_id) OR (old.psp_account IS DISTINCT FROM new.psp_account)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.request_digest IS DISTINCT FROM new.request_digest)) OR (old.challenge IS DISTINCT FROM new.challenge)) OR (old.makes_default IS DISTINCT FROM new.makes_default)) OR (old.sent_at IS DISTINCT FROM new.sent_at)) OR (old.expires_at IS DISTINCT FROM new.expires_at)) OR ((old.return_url IS DISTINCT FROM new.return_url) AND (new.evidence IS NULL)) OR ((old.data_sealed IS DISTINCT FROM new.data_sealed) AND (new.evidence IS NULL)) OR ((old.psp_token IS DISTINCT FROM new.psp_token) AND ((old.evidence IS NULL) OR (new.psp_token IS NOT NULL))) OR ((old.evidence IS NOT NULL) AND ((to_jsonb(old.*) - 'psp_token'::text) <> (to_jsonb(new.*) - 'psp_token'::text))))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER payment_setup_kept BEFORE DELETE ON public.payment_setup FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER payout_step_append_only BEFORE DELETE OR UPDATE ON public.payout_step FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER person_kept BEFORE DELETE ON public.person FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER price_append_only BEFORE DELETE OR UPDATE ON public.price FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER receipt_append_only BEFORE DELETE OR UPDATE ON public.receipt FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER recognition_append_only BEFORE DELETE OR UPDATE ON public.recognition FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refund_proposal_frozen BEFORE UPDATE ON public.refund_proposal FOR EACH ROW WHEN (((((((((old.payment_id IS DISTINCT FROM new.payment_id) OR (old.gives IS DISTINCT FROM new.gives)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.amount_minor IS DISTINCT FROM new.amount_minor)) OR (old.proposed_by IS DISTINCT FROM new.proposed_by)) OR (old.proposed_at IS DISTINCT FROM new.proposed_at)) OR (old.expires_at IS DISTINCT FROM new.expires_at)) OR ((old.reason <> new.reason) AND (new.reason <> ''::text)) OR ((old.ended_at IS NOT NULL) AND ((to_jsonb(old.*) - 'reason'::text) <> (to_jsonb(new.*) - 'reason'::text))))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refund_proposal_kept BEFORE DELETE ON public.refund_proposal FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER retention_key_append_only BEFORE DELETE OR UPDATE ON public.retention_key FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER retry_model_append_only BEFORE DELETE OR UPDATE ON public.retry_model FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER retry_plan_append_only BEFORE DELETE OR UPDATE ON public.retry_plan FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER router_snapshot_frozen BEFORE UPDATE ON public.router_snapshot FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER routing_policy_append_only BEFORE DELETE OR UPDATE ON public.routing_policy FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlement_file_kept BEFORE DELETE ON public.settlement_file FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlement_line_frozen BEFORE UPDATE ON public.settlement_line FOR EACH ROW WHEN ((((((((((((old.file_id IS DISTINCT FROM new.file_id) OR (old.line_no IS DISTINCT FROM new.line_no)) OR (old.kind IS DISTINCT FROM new.kind)) OR (old.reference IS DISTINCT FROM new.reference)) OR (old.psp_ref IS DISTINCT FROM new.psp_ref)) OR (old.gross_minor IS DISTINCT FROM new.gross_minor)) OR (old.gross_currency IS DISTINCT FROM new.gross_currency)) OR (old.fee_minor IS DISTINCT FROM new.fee_minor)) OR (old.net_minor IS DISTINCT FROM new.net_minor)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.settled_on IS DISTINCT FROM new.settled_on))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlement_line_kept BEFORE DELETE ON public.settlement_line FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlement_step_append_only BEFORE DELETE OR UPDATE ON public.settlement_step FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER subscription_event_append_only BEFORE DELETE OR UPDATE ON public.subscription_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER subscription_item_ends_earlier BEFORE UPDATE ON public.subscription_item FOR EACH ROW WHEN ((((((((old.component IS DISTINCT FROM new.component) OR (old.plan_code IS DISTINCT FROM new.plan_code)) OR (old.phase_no IS DISTINCT FROM new.phase_no)) OR (old.price_id IS DISTINCT FROM new.price_id)) OR (old.quantity IS DISTINCT FROM new.quantity)) OR (old.starts_on IS DISTINCT FROM new.starts_on)) OR (COALESCE(new.ends_on, 'infinity'::date) > COALESCE(old.ends_on, 'infinity'::date)))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER transfer_append_only BEFORE DELETE OR UPDATE ON public.transfer FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

ALTER TABLE ONLY public.add_on_rule
    ADD CONSTRAINT add_on_rule_add_on FOREIGN KEY (add_on_plan_code) REFERENCES public.plan(code);

ALTER TABLE ONLY public.add_on_rule
    ADD CONSTRAINT add_on_rule_base FOREIGN KEY (base_plan_code) REFERENCES public.plan(code);

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT agreement_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES public.subscription(id, bucket);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_invoice FOREIGN KEY (invoice_id, bucket) REFERENCES public.invoice(id, bucket);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_mandate FOREIGN KEY (mandate_id, bucket) REFERENCES public.mandate(id, bucket);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_notice FOREIGN KEY (payment_id, bucket, notice_no, amount_minor, due_on) REFERENCES public.debit_notice(payment_id, bucket, no, amount_minor, due_on);

ALTER TABLE ONLY public.bulk_row
    ADD CONSTRAINT bulk_row_job FOREIGN KEY (job_id) REFERENCES public.bulk_job(id);

ALTER TABLE ONLY public.catalog_part
    ADD CONSTRAINT catalog_part_release FOREIGN KEY (release_no) REFERENCES public.catalog_release(no);

ALTER TABLE ONLY public.checkout_session
    ADD CONSTRAINT checkout_session_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.collection_policy
    ADD CONSTRAINT collection_policy_market FOREIGN KEY (market_code) REFERENCES public.market(code);

ALTER TABLE ONLY public.credit_note
    ADD CONSTRAINT credit_note_invoice FOREIGN KEY (invoice_id, bucket) REFERENCES public.invoice(id, bucket);

ALTER TABLE ONLY public.customer_key
    ADD CONSTRAINT customer_key_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_market FOREIGN KEY (market_code) REFERENCES public.market(code);

ALTER TABLE ONLY public.customer_note
    ADD CONSTRAINT customer_note_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.customer_version
    ADD CONSTRAINT customer_version_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.dataset_close
    ADD CONSTRAINT dataset_close_release FOREIGN KEY (release_no) REFERENCES public.dataset_release(no);

ALTER TABLE ONLY public.dataset_headline
    ADD CONSTRAINT dataset_headline_release FOREIGN KEY (release_no) REFERENCES public.dataset_release(no);

ALTER TABLE ONLY public.dataset_release
    ADD CONSTRAINT dataset_release_interval FOREIGN KEY (interval_no) REFERENCES public.dataset_interval(no);

ALTER TABLE ONLY public.dataset_retired_interval
    ADD CONSTRAINT dataset_retired_interval_interval FOREIGN KEY (interval_no) REFERENCES public.dataset_interval(no);

ALTER TABLE ONLY public.dataset_retired_release
    ADD CONSTRAINT dataset_retired_release_release FOREIGN KEY (release_no) REFERENCES public.dataset_release(no);

ALTER TABLE ONLY public.dataset_run
    ADD CONSTRAINT dataset_run_release FOREIGN KEY (release_no) REFERENCES public.dataset_release(no);

ALTER TABLE ONLY public.debit_notice
    ADD CONSTRAINT debit_notice_mandate FOREIGN KEY (mandate_id, bucket) REFERENCES public.mandate(id, bucket);

ALTER TABLE ONLY public.default_method
    ADD CONSTRAINT default_method_method FOREIGN KEY (payment_method_id, bucket) REFERENCES public.payment_method(id, bucket);

ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_attempt FOREIGN KEY (attempt_id, bucket) REFERENCES public.attempt(id, bucket);

ALTER TABLE ONLY public.dispute_draw
    ADD CONSTRAINT dispute_draw_fact FOREIGN KEY (dispute_id, bucket, no) REFERENCES public.dispute_fact(dispute_id, bucket, no);

ALTER TABLE ONLY public.dispute_evidence
    ADD CONSTRAINT dispute_evidence_dispute FOREIGN KEY (dispute_id, bucket) REFERENCES public.dispute(id, bucket);

ALTER TABLE ONLY public.dispute_evidence
    ADD CONSTRAINT dispute_evidence_transition FOREIGN KEY (machine, state_before, state_event, state) REFERENCES public.transition(machine, before, event, after);

ALTER TABLE ONLY public.dispute_fact
    ADD CONSTRAINT dispute_fact_dispute FOREIGN KEY (dispute_id, bucket) REFERENCES public.dispute(id, bucket);

ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_payment FOREIGN KEY (payment_id, bucket) REFERENCES public.payment(id, bucket);

ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_transition FOREIGN KEY (machine, state_before, state_event, state) REFERENCES public.transition(machine, before, event, after);

ALTER TABLE ONLY public.instrument
    ADD CONSTRAINT instrument_account FOREIGN KEY (psp_account) REFERENCES public.psp_account(code);

ALTER TABLE ONLY public.instrument
    ADD CONSTRAINT instrument_method FOREIGN KEY (payment_method_id, bucket) REFERENCES public.payment_method(id, bucket);

ALTER TABLE ONLY public.line_credit
    ADD CONSTRAINT line_credit_line FOREIGN KEY (period_start, bucket, subscription_id, item_no, kind) REFERENCES public.invoice_line(period_start, bucket, subscription_id, item_no, kind);

ALTER TABLE ONLY public.line_credit
    ADD CONSTRAINT line_credit_note FOREIGN KEY (credit_note_id, bucket) REFERENCES public.credit_note(id, bucket);

ALTER TABLE ONLY public.mandate
    ADD CONSTRAINT mandate_account FOREIGN KEY (psp_account) REFERENCES public.psp_account(code);

ALTER TABLE ONLY public.mandate_fact
    ADD CONSTRAINT mandate_fact_mandate FOREIGN KEY (mandate_id, bucket) REFERENCES public.mandate(id, bucket);

ALTER TABLE ONLY public.mandate
    ADD CONSTRAINT mandate_method FOREIGN KEY (payment_method_id, bucket) REFERENCES public.payment_method(id, bucket);

ALTER TABLE ONLY public.mandate
    ADD CONSTRAINT mandate_transition FOREIGN KEY (machine, state_before, state_event, state) REFERENCES public.transition(machine, before, event, after);

ALTER TABLE ONLY public.market
    ADD CONSTRAINT market_seller FOREIGN KEY (seller_code) REFERENCES public.seller(code);

ALTER TABLE ONLY public.market_text
    ADD CONSTRAINT market_text_market FOREIGN KEY (market_code) REFERENCES public.market(code);

ALTER TABLE ONLY public.payment_method
    ADD CONSTRAINT payment_method_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.payment_setup
    ADD CONSTRAINT payment_setup_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.payment_setup
    ADD CONSTRAINT payment_setup_method FOREIGN KEY (payment_method_id, bucket) REFERENCES public.payment_method(id, bucket);

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_file FOREIGN KEY (file_id) REFERENCES public.settlement_file(id);

ALTER TABLE ONLY public.payout_step
    ADD CONSTRAINT payout_step_payout FOREIGN KEY (payout_id) REFERENCES public.payout(id);

ALTER TABLE ONLY public.pending_change
    ADD CONSTRAINT pending_change_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES public.subscription(id, bucket);

ALTER TABLE ONLY public.person_identity
    ADD CONSTRAINT person_identity_person FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.person_password
    ADD CONSTRAINT person_password_person FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.person_session
    ADD CONSTRAINT person_session_link FOREIGN KEY (link_hash) REFERENCES public.sign_in_link(secret_hash);

ALTER TABLE ONLY public.person_session
    ADD CONSTRAINT person_session_person FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.plan_phase
    ADD CONSTRAINT plan_phase_plan FOREIGN KEY (plan_code) REFERENCES public.plan(code);

ALTER TABLE ONLY public.plan
    ADD CONSTRAINT plan_product FOREIGN KEY (product_code) REFERENCES public.product(code);

ALTER TABLE ONLY public.portal_session
    ADD CONSTRAINT portal_session_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.price
    ADD CONSTRAINT price_market FOREIGN KEY (market_code) REFERENCES public.market(code);

ALTER TABLE ONLY public.price
    ADD CONSTRAINT price_phase FOREIGN KEY (plan_code, phase_no) REFERENCES public.plan_phase(plan_code, no);

ALTER TABLE ONLY public.purchase
    ADD CONSTRAINT purchase_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.purchase
    ADD CONSTRAINT purchase_session FOREIGN KEY (checkout_session_id, bucket) REFERENCES public.checkout_session(id, bucket);

ALTER TABLE ONLY public.refund_draw
    ADD CONSTRAINT refund_draw_refund FOREIGN KEY (refund_id, bucket) REFERENCES public.refund(id, bucket);

ALTER TABLE ONLY public.refund_line
    ADD CONSTRAINT refund_line_refund FOREIGN KEY (refund_id, bucket) REFERENCES public.refund(id, bucket);

ALTER TABLE ONLY public.refund
    ADD CONSTRAINT refund_payment FOREIGN KEY (payment_id, bucket) REFERENCES public.payment(id, bucket);

ALTER TABLE ONLY public.refund_proposal
    ADD CONSTRAINT refund_proposal_payment FOREIGN KEY (payment_id, bucket) REFERENCES public.payment(id, bucket);

ALTER TABLE ONLY public.refund_proposal
    ADD CONSTRAINT refund_proposal_refund FOREIGN KEY (refund_id, bucket) REFERENCES public.refund(id, bucket);

ALTER TABLE ONLY public.refund
    ADD CONSTRAINT refund_transition FOREIGN KEY (machine, state_before, state_event, state) REFERENCES public.transition(machine, before, event, after);

ALTER TABLE ONLY public.refund_withheld
    ADD CONSTRAINT refund_withheld_line FOREIGN KEY (refund_id, bucket, period_start, item_no, kind) REFERENCES public.refund_line(refund_id, bucket, period_start, item_no, kind);

ALTER TABLE ONLY public.saved_filter
    ADD CONSTRAINT saved_filter_person FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.settlement_file
    ADD CONSTRAINT settlement_file_corrects FOREIGN KEY (corrects) REFERENCES public.settlement_file(id);

ALTER TABLE ONLY public.settlement_step
    ADD CONSTRAINT settlement_step_file FOREIGN KEY (file_id) REFERENCES public.settlement_file(id);

ALTER TABLE ONLY public.settlement_total
    ADD CONSTRAINT settlement_total_file FOREIGN KEY (file_id) REFERENCES public.settlement_file(id);

ALTER TABLE ONLY public.sign_in_link
    ADD CONSTRAINT sign_in_link_person FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_customer_version FOREIGN KEY (customer_id, bucket, customer_version) REFERENCES public.customer_version(customer_id, bucket, version);

ALTER TABLE ONLY public.subscription_event
    ADD CONSTRAINT subscription_event_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES public.subscription(id, bucket);

ALTER TABLE ONLY public.subscription_item
    ADD CONSTRAINT subscription_item_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES public.subscription(id, bucket);

ALTER TABLE ONLY public.subscription_offer
    ADD CONSTRAINT subscription_offer_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES public.subscription(id, bucket);

ALTER TABLE ONLY public.trial_redemption
    ADD CONSTRAINT trial_redemption_customer FOREIGN KEY (customer_id, bucket) REFERENCES public.customer(id, bucket);

ALTER TABLE ONLY public.trial_redemption
    ADD CONSTRAINT trial_redemption_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES public.subscription(id, bucket);
