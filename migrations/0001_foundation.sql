-- expand: the foundation: environment, catalog, customers, subscriptions, invoices, payments, ledger, outbox, access

CREATE TABLE environment (
    one boolean NOT NULL DEFAULT true,
    kind text NOT NULL DEFAULT 'live',
    instant timestamptz,
    seed bigint NOT NULL DEFAULT 0,
    kek_check bytea,
    made text NOT NULL DEFAULT 'whole',
    CONSTRAINT environment_pk PRIMARY KEY (one),
    CONSTRAINT environment_kek_size CHECK (octet_length(kek_check) = 32),
    CONSTRAINT environment_is_one_row CHECK (one),
    CONSTRAINT environment_kind CHECK (kind IN ('live', 'sandbox')),
    CONSTRAINT environment_made CHECK (made IN ('half', 'whole', 'demo')),
    CONSTRAINT environment_live_has_no_clock CHECK (kind = 'sandbox' OR instant IS NULL)
);
COMMENT ON TABLE environment IS 'base: what this database is; the virtual clock of a sandbox';
INSERT INTO environment (kind) VALUES ('live');

CREATE TABLE transition (
    machine text NOT NULL,
    before text NOT NULL,
    event text NOT NULL,
    after text NOT NULL,
    CONSTRAINT transition_pk PRIMARY KEY (machine, before, event, after)
);
COMMENT ON TABLE transition IS 'base: the state tables of the code, mirrored';

-- catalog ------------------------------------------------------------------------------------

CREATE TABLE seller (
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
    CONSTRAINT seller_pk PRIMARY KEY (code),
    CONSTRAINT seller_colour CHECK (colour ~ '^#[0-9a-f]{6}$')
);
COMMENT ON TABLE seller IS 'catalog: legal entities that issue invoices';

CREATE TABLE market (
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
    trial_notice_days smallint NOT NULL DEFAULT 3,
    renewal_notice_days text NOT NULL DEFAULT '30,7',
    CONSTRAINT market_pk PRIMARY KEY (code),
    CONSTRAINT market_seller FOREIGN KEY (seller_code) REFERENCES seller (code),
    CONSTRAINT market_tax_behavior CHECK (tax_behavior IN ('inclusive', 'exclusive')),
    CONSTRAINT market_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT market_rounding_mode
        CHECK (rounding_mode IN ('half_up', 'half_even', 'down', 'up')),
    CONSTRAINT market_rounding_target CHECK (rounding_target IN ('tax', 'net')),
    CONSTRAINT market_rounding_components
        CHECK (rounding_components IN ('separate', 'combined', 'equal', 'inside')),
    CONSTRAINT market_simplified CHECK (simplified_up_to_minor > 0),
    CONSTRAINT market_trial_notice CHECK (trial_notice_days BETWEEN 1 AND 60),
    CONSTRAINT market_renewal_notice
        CHECK (renewal_notice_days ~ '^([1-9][0-9]?(,[1-9][0-9]?)*)?$')
);
COMMENT ON TABLE market IS 'catalog: countries we sell in';

CREATE TABLE market_text (
    market_code text NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    version text NOT NULL,
    valid_from date NOT NULL,
    body text NOT NULL,
    link text,
    is_reviewed boolean NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT market_text_pk PRIMARY KEY (market_code, kind, language, version),
    CONSTRAINT market_text_market FOREIGN KEY (market_code) REFERENCES market (code),
    CONSTRAINT market_text_kind CHECK (kind IN ('order_button', 'renewal', 'withdrawal', 'terms',
        'withdrawal_waiver', 'renewal_consent')),
    CONSTRAINT market_text_language CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT market_text_body CHECK (body <> ''),
    CONSTRAINT market_text_link CHECK (link ~ '^https?://')
);
COMMENT ON TABLE market_text IS
    'catalog: what a buyer in a market is told and has to confirm, by version; append-only';

CREATE TABLE collection_policy (
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
    CONSTRAINT collection_policy_pk PRIMARY KEY (market_code, version),
    CONSTRAINT collection_policy_market FOREIGN KEY (market_code) REFERENCES market (code),
    CONSTRAINT collection_policy_version CHECK (version >= 1),
    CONSTRAINT collection_policy_retry_days CHECK (jsonb_typeof(retry_days) = 'array'),
    CONSTRAINT collection_policy_tries CHECK (tries_max BETWEEN 1 AND 8),
    CONSTRAINT collection_policy_days CHECK (collect_days BETWEEN 1 AND 90),
    CONSTRAINT collection_policy_grace CHECK (grace_days BETWEEN 1 AND 30),
    CONSTRAINT collection_policy_reminder_days CHECK (jsonb_typeof(reminder_days) = 'array'),
    CONSTRAINT collection_policy_paydays CHECK (jsonb_typeof(paydays) = 'array'),
    CONSTRAINT collection_policy_end CHECK (
        end_policy IN ('cancel', 'write_off', 'downgrade', 'pause')),
    CONSTRAINT collection_policy_end_plans CHECK (
        jsonb_typeof(end_plans) = 'array' AND (end_policy = 'downgrade') = (end_plans <> '[]')),
    CONSTRAINT collection_policy_learned CHECK (
        jsonb_typeof(learned_days) = 'array'
        AND (learned_days = '[]' OR learned_collect_days BETWEEN collect_days AND 90)),
    CONSTRAINT collection_policy_try_cost CHECK (try_cost_minor >= 0)
);
COMMENT ON TABLE collection_policy IS 'catalog: how a market collects what was refused; append-only';

CREATE TABLE product (
    code text NOT NULL,
    family text NOT NULL,
    name text NOT NULL,
    tax_category text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT product_pk PRIMARY KEY (code),
    CONSTRAINT product_kind CHECK (kind IN ('base', 'add_on'))
);
COMMENT ON TABLE product IS 'catalog: what is sold, by itself or as an add-on';

CREATE TABLE plan (
    code text NOT NULL,
    product_code text NOT NULL,
    name text NOT NULL,
    audience text NOT NULL,
    cadence_count integer NOT NULL,
    cadence_unit text NOT NULL,
    members_max integer NOT NULL,
    status text NOT NULL,
    CONSTRAINT plan_pk PRIMARY KEY (code),
    CONSTRAINT plan_product FOREIGN KEY (product_code) REFERENCES product (code),
    CONSTRAINT plan_cadence CHECK (cadence_count > 0 AND cadence_unit IN ('day', 'week', 'month', 'year')),
    CONSTRAINT plan_members CHECK (members_max >= 1),
    CONSTRAINT plan_status CHECK (status IN ('on_sale', 'retired'))
);
COMMENT ON TABLE plan IS 'catalog: how a product is sold; a retired plan still renews';

CREATE TABLE plan_phase (
    plan_code text NOT NULL,
    no smallint NOT NULL,
    kind text NOT NULL,
    length_count integer,
    length_unit text,
    CONSTRAINT plan_phase_pk PRIMARY KEY (plan_code, no),
    CONSTRAINT plan_phase_plan FOREIGN KEY (plan_code) REFERENCES plan (code),
    CONSTRAINT plan_phase_no CHECK (no >= 1),
    CONSTRAINT plan_phase_kind CHECK (kind IN ('trial', 'intro', 'fixed', 'evergreen')),
    CONSTRAINT plan_phase_trial CHECK (kind <> 'trial' OR no = 1),
    CONSTRAINT plan_phase_open CHECK ((kind = 'evergreen') = (length_count IS NULL)),
    CONSTRAINT plan_phase_length CHECK (
        (length_count IS NULL) = (length_unit IS NULL) AND length_count > 0
        AND length_unit IN ('day', 'week', 'month', 'year'))
);
COMMENT ON TABLE plan_phase IS 'catalog: the parts of a plan''s life, counted from 1';

CREATE TABLE add_on_rule (
    base_plan_code text NOT NULL,
    add_on_plan_code text NOT NULL,
    CONSTRAINT add_on_rule_pk PRIMARY KEY (base_plan_code, add_on_plan_code),
    CONSTRAINT add_on_rule_base FOREIGN KEY (base_plan_code) REFERENCES plan (code),
    CONSTRAINT add_on_rule_add_on FOREIGN KEY (add_on_plan_code) REFERENCES plan (code)
);
COMMENT ON TABLE add_on_rule IS 'catalog: which add-on plans can be bought with which base plan';

CREATE TABLE price (
    id uuid NOT NULL,
    plan_code text NOT NULL,
    phase_no smallint NOT NULL,
    component text NOT NULL,
    market_code text NOT NULL,
    channel text NOT NULL DEFAULT 'web',
    currency text NOT NULL,
    unit_num bigint NOT NULL,
    unit_den bigint NOT NULL,
    tax_behavior text NOT NULL,
    valid_from date NOT NULL,
    owner_subscription_id uuid,
    CONSTRAINT price_pk PRIMARY KEY (id),
    CONSTRAINT price_phase FOREIGN KEY (plan_code, phase_no) REFERENCES plan_phase (plan_code, no),
    CONSTRAINT price_market FOREIGN KEY (market_code) REFERENCES market (code),
    CONSTRAINT price_unit CHECK (
        unit_num >= 0 AND unit_den BETWEEN 1 AND 1000000 AND gcd(unit_num, unit_den) = 1),
    CONSTRAINT price_tax_behavior CHECK (tax_behavior IN ('inclusive', 'exclusive'))
);
CREATE UNIQUE INDEX price_natural
    ON price (plan_code, phase_no, component, market_code, channel, valid_from)
    WHERE owner_subscription_id IS NULL;
COMMENT ON TABLE price IS
    'catalog: immutable prices, unit_num / unit_den minor units; a new price is a new row';

CREATE TABLE coupon (
    code text NOT NULL,
    percent_ppm integer,
    amount_minor bigint,
    currency text,
    periods integer,
    CONSTRAINT coupon_pk PRIMARY KEY (code),
    CONSTRAINT coupon_one_effect CHECK ((percent_ppm IS NULL) <> (amount_minor IS NULL)),
    CONSTRAINT coupon_percent CHECK (percent_ppm BETWEEN 1 AND 1000000),
    CONSTRAINT coupon_amount CHECK (amount_minor > 0),
    CONSTRAINT coupon_currency CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT coupon_periods CHECK (periods > 0)
);
COMMENT ON TABLE coupon IS 'catalog: discounts by code';

CREATE TABLE tax_rate (
    market_code text NOT NULL,
    category text NOT NULL,
    valid_from date NOT NULL,
    rate_ppm integer NOT NULL,
    source text NOT NULL,
    treatment text NOT NULL,
    name text,
    reason text,
    components jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT tax_rate_pk PRIMARY KEY (market_code, category, valid_from),
    CONSTRAINT tax_rate_bounds CHECK (rate_ppm BETWEEN 0 AND 1000000),
    CONSTRAINT tax_rate_treatment CHECK (CASE WHEN rate_ppm > 0
        THEN treatment IN ('standard', 'reduced')
        ELSE treatment IN ('zero', 'product_exempt', 'not_subject', 'not_collecting') END),
    CONSTRAINT tax_rate_reason CHECK (treatment <> 'product_exempt' OR reason IS NOT NULL),
    CONSTRAINT tax_rate_components CHECK (jsonb_typeof(components) = 'array')
);
COMMENT ON TABLE tax_rate IS 'pricing: dated tax rates; a rate holds until the next row';

CREATE TABLE catalog_release (
    no integer NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT catalog_release_pk PRIMARY KEY (no),
    CONSTRAINT catalog_release_positive CHECK (no >= 1)
);
COMMENT ON TABLE catalog_release IS 'catalog: the loads that changed what documents say; append-only';

CREATE TABLE catalog_part (
    kind text NOT NULL,
    code text NOT NULL,
    release_no integer NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT catalog_part_pk PRIMARY KEY (kind, code, release_no),
    CONSTRAINT catalog_part_release FOREIGN KEY (release_no) REFERENCES catalog_release (no),
    CONSTRAINT catalog_part_kind CHECK (kind IN ('seller', 'market', 'plan', 'tax')),
    CONSTRAINT catalog_part_hash CHECK (hash = sha256(body))
);
COMMENT ON TABLE catalog_part IS 'catalog: what documents say of sellers, markets, plans and taxes, from a release on; append-only';
CREATE INDEX catalog_part_of_hash ON catalog_part (hash);

-- ledger -------------------------------------------------------------------------------------

CREATE TABLE account (
    code text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT account_pk PRIMARY KEY (code),
    CONSTRAINT account_kind CHECK (kind IN ('asset', 'liability', 'revenue', 'expense'))
);
COMMENT ON TABLE account IS 'ledger: the chart of accounts';
INSERT INTO account (code, kind) VALUES
    ('receivable', 'asset'), ('psp_clearing', 'asset'), ('psp_reserve', 'asset'),
    ('in_transit', 'asset'), ('bank', 'asset'), ('fx_clearing', 'asset'),
    ('dispute_hold', 'asset'), ('input_tax', 'asset'),
    ('deferred_revenue', 'liability'), ('tax_payable', 'liability'),
    ('customer_credit', 'liability'), ('suspense', 'liability'),
    ('revenue', 'revenue'),
    ('psp_fees', 'expense'), ('fx_result', 'expense'), ('dispute_loss', 'expense');

CREATE TABLE transfer (
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
    dim text NOT NULL DEFAULT '',
    booked_on date NOT NULL,
    occurred_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT transfer_pk PRIMARY KEY (source_id, bucket, purpose, n),
    CONSTRAINT transfer_amount CHECK (amount_minor > 0),
    CONSTRAINT transfer_two_accounts CHECK (debit <> credit),
    CONSTRAINT transfer_accounts CHECK (
        debit = ANY ('{receivable, psp_clearing, psp_reserve, in_transit, bank, fx_clearing,
            dispute_hold, input_tax, deferred_revenue, tax_payable, customer_credit, suspense,
            revenue, psp_fees, fx_result, dispute_loss}'::text[])
        AND credit = ANY ('{receivable, psp_clearing, psp_reserve, in_transit, bank, fx_clearing,
            dispute_hold, input_tax, deferred_revenue, tax_payable, customer_credit, suspense,
            revenue, psp_fees, fx_result, dispute_loss}'::text[])),
    CONSTRAINT transfer_purpose CHECK (
        purpose = ANY ('{issue_net, issue_tax, credit_used, capture, void_net, void_tax,
            void_credit, credit_net, credit_earned, credit_tax, refund, unmatched, matched, returned,
            recognise, psp_fee, psp_fee_tax, fx_sold, fx_bought, payout, payout_reversed, banked,
            line_suspense, dispute_hold, dispute_over, dispute_offset, dispute_loss, dispute_reopen,
            dispute_unclaimed, refund_reversed, return_reversed}'::text[]))
);
COMMENT ON TABLE transfer IS 'ledger: one amount moved from one account to another; append-only';
CREATE INDEX transfer_booked_on ON transfer USING brin (booked_on date_minmax_multi_ops)
    WITH (autosummarize = on);
CREATE INDEX transfer_fence ON transfer USING brin (fence) WITH (autosummarize = on);

CREATE TABLE recognition (
    bucket smallint NOT NULL,
    seller_code text NOT NULL,
    currency text NOT NULL,
    category text NOT NULL,
    month date NOT NULL,
    source_id uuid NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT recognition_pk PRIMARY KEY (month, bucket, seller_code, currency, category),
    CONSTRAINT recognition_month CHECK (month = date_trunc('month', month::timestamp)::date)
);
COMMENT ON TABLE recognition IS 'ledger: the source of what a month earned, made in that month; append-only';
CREATE INDEX recognition_fence ON recognition USING brin (fence) WITH (autosummarize = on);

CREATE SCHEMA lake;  -- the catalog of the lake, whose two tables pyiceberg makes

CREATE TABLE dataset_interval (
    no integer NOT NULL,
    epoch text NOT NULL,
    since bigint,
    until bigint NOT NULL,
    read_at timestamptz NOT NULL,
    extracts jsonb NOT NULL,
    CONSTRAINT dataset_interval_pk PRIMARY KEY (no),
    CONSTRAINT dataset_interval_no CHECK (no >= 1),
    CONSTRAINT dataset_interval_span CHECK (since < until),
    CONSTRAINT dataset_interval_extracts CHECK (jsonb_typeof(extracts) = 'object')
);
COMMENT ON TABLE dataset_interval IS 'releases: closed intervals of transactions and the files that hold them; append-only';

CREATE TABLE dataset_release (
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
    made_at timestamptz NOT NULL,
    CONSTRAINT dataset_release_pk PRIMARY KEY (no),
    CONSTRAINT dataset_release_interval FOREIGN KEY (interval_no) REFERENCES dataset_interval (no),
    CONSTRAINT dataset_release_no CHECK (no >= 1),
    CONSTRAINT dataset_release_tables CHECK (jsonb_typeof(tables) = 'object'),
    CONSTRAINT dataset_release_checks CHECK (jsonb_typeof(checks) = 'array')
);
COMMENT ON TABLE dataset_release IS 'releases: which snapshot of each table is published together; append-only';

CREATE TABLE dataset_headline (
    release_no integer NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT dataset_headline_pk PRIMARY KEY (release_no),
    CONSTRAINT dataset_headline_release FOREIGN KEY (release_no) REFERENCES dataset_release (no),
    CONSTRAINT dataset_headline_body CHECK (jsonb_typeof(body) = 'object')
);
COMMENT ON TABLE dataset_headline IS
    'releases: what the current release says in short, for pages that open no lake';

CREATE TABLE dataset_close (
    month date NOT NULL,
    no smallint NOT NULL,
    release_no integer NOT NULL,
    actor text NOT NULL,
    closed_at timestamptz NOT NULL,
    CONSTRAINT dataset_close_pk PRIMARY KEY (month, no),
    CONSTRAINT dataset_close_release FOREIGN KEY (release_no) REFERENCES dataset_release (no),
    CONSTRAINT dataset_close_month CHECK (month = date_trunc('month', month::timestamp)::date),
    CONSTRAINT dataset_close_no CHECK (no >= 1)
);
COMMENT ON TABLE dataset_close IS 'releases: months whose tables are closed, and the release that says what they were; append-only';

CREATE TABLE dataset_retired_release (
    release_no integer NOT NULL,
    retired_at timestamptz NOT NULL,
    CONSTRAINT dataset_retired_release_pk PRIMARY KEY (release_no),
    CONSTRAINT dataset_retired_release_release FOREIGN KEY (release_no)
        REFERENCES dataset_release (no)
);
COMMENT ON TABLE dataset_retired_release IS 'releases: releases that are read no more, so that their files go; append-only';

CREATE TABLE dataset_retired_interval (
    interval_no integer NOT NULL,
    retired_at timestamptz NOT NULL,
    CONSTRAINT dataset_retired_interval_pk PRIMARY KEY (interval_no),
    CONSTRAINT dataset_retired_interval_interval FOREIGN KEY (interval_no)
        REFERENCES dataset_interval (no)
);
COMMENT ON TABLE dataset_retired_interval IS 'releases: intervals all of whose rows a later one holds, so that their files go; append-only';

CREATE TABLE dataset_lease (
    name text NOT NULL,
    token uuid,
    holder text,
    taken_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT dataset_lease_pk PRIMARY KEY (name),
    CONSTRAINT dataset_lease_held CHECK ((token IS NULL) = (holder IS NULL))
);
COMMENT ON TABLE dataset_lease IS 'releases: who writes into the lake, and until when nobody else may';

CREATE TABLE dataset_run (
    no integer NOT NULL,
    holder text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    outcome text NOT NULL,
    said text NOT NULL,
    release_no integer,
    next_at timestamptz,
    CONSTRAINT dataset_run_pk PRIMARY KEY (no),
    CONSTRAINT dataset_run_release FOREIGN KEY (release_no) REFERENCES dataset_release (no),
    CONSTRAINT dataset_run_no CHECK (no >= 1),
    CONSTRAINT dataset_run_span CHECK (began_at <= ended_at),
    CONSTRAINT dataset_run_outcome CHECK (outcome IN ('released', 'unchanged', 'refused', 'stopped')),
    CONSTRAINT dataset_run_released CHECK ((outcome = 'released') = (release_no IS NOT NULL))
);
COMMENT ON TABLE dataset_run IS 'releases: what each run of the data sets came to; append-only';

CREATE TABLE ledger_period (
    seller_code text NOT NULL,
    month date NOT NULL,
    state text NOT NULL,
    closed_at timestamptz,
    CONSTRAINT ledger_period_pk PRIMARY KEY (seller_code, month),
    CONSTRAINT ledger_period_month CHECK (
        month = date_trunc('month', month::timestamp)::date),
    CONSTRAINT ledger_period_state CHECK (state IN ('open', 'closed')),
    CONSTRAINT ledger_period_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
COMMENT ON TABLE ledger_period IS 'ledger: months of a seller''s books; one that is not here is open';

CREATE TABLE credit_lot (
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
    created_at timestamptz NOT NULL,
    CONSTRAINT credit_lot_pk PRIMARY KEY (id, bucket),
    CONSTRAINT credit_lot_amount CHECK (amount_minor > 0),
    CONSTRAINT credit_lot_remaining CHECK (remaining_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT credit_lot_source CHECK (source_kind IN ('credit_note'))
);
COMMENT ON TABLE credit_lot IS 'ledger: credit of a customer by what gave it; what is left sums to the account';
CREATE INDEX credit_lot_of_customer ON credit_lot (customer_id, bucket);

-- customers ----------------------------------------------------------------------------------

CREATE TABLE customer (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    market_code text NOT NULL,
    zone text NOT NULL,
    locale text NOT NULL,
    email_sealed bytea,
    email_hash bytea,
    metadata jsonb NOT NULL DEFAULT '{}',
    external_id text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    erased_at timestamptz,
    CONSTRAINT customer_pk PRIMARY KEY (id, bucket),
    CONSTRAINT customer_market FOREIGN KEY (market_code) REFERENCES market (code),
    CONSTRAINT customer_bucket CHECK (bucket BETWEEN 0 AND 4095),
    CONSTRAINT customer_metadata CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT customer_email CHECK (
        (email_sealed IS NULL) = (email_hash IS NULL) AND octet_length(email_hash) = 32),
    CONSTRAINT customer_erased CHECK (
        erased_at IS NULL
        OR (email_sealed IS NULL AND metadata = '{}' AND external_id IS NULL))
);
COMMENT ON TABLE customer IS 'customers: who pays; personal data sealed under the customer''s own key';
CREATE INDEX customer_of_email ON customer (email_hash, bucket) WHERE email_hash IS NOT NULL;

CREATE TABLE customer_key (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    wrapped bytea NOT NULL,
    CONSTRAINT customer_key_pk PRIMARY KEY (customer_id, bucket),
    CONSTRAINT customer_key_customer FOREIGN KEY (customer_id, bucket) REFERENCES customer (id, bucket)
);
COMMENT ON TABLE customer_key IS 'customers: one wrapped data key each; deleting it erases the customer';

CREATE TABLE customer_version (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    version integer NOT NULL,
    locale text NOT NULL,
    buyer_sealed bytea,
    country text,
    tax_status text NOT NULL,
    place_evidence jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT customer_version_pk PRIMARY KEY (customer_id, bucket, version),
    CONSTRAINT customer_version_customer FOREIGN KEY (customer_id, bucket)
        REFERENCES customer (id, bucket),
    CONSTRAINT customer_version_number CHECK (version >= 1),
    CONSTRAINT customer_version_locale CHECK (locale <> ''),
    CONSTRAINT customer_version_first CHECK (version > 1 OR buyer_sealed IS NOT NULL),
    CONSTRAINT customer_version_country CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT customer_version_tax_status CHECK (tax_status IN ('consumer', 'business')),
    CONSTRAINT customer_version_place_evidence CHECK (jsonb_typeof(place_evidence) = 'array')
);
COMMENT ON TABLE customer_version IS 'customers: who the buyer was, as documents name them; append-only';
CREATE INDEX customer_version_fence ON customer_version USING brin (fence) WITH (autosummarize = on);

-- subscriptions ------------------------------------------------------------------------------

CREATE TABLE subscription (
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
    next_bill_at timestamptz,
    ends_on date,
    payment_method_id uuid,
    customer_version integer NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    external_id text,
    item_seq integer NOT NULL,
    log_seq integer NOT NULL,
    event_seq integer NOT NULL,
    version integer NOT NULL,
    parked text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT subscription_pk PRIMARY KEY (id, bucket),
    CONSTRAINT subscription_customer FOREIGN KEY (customer_id, bucket) REFERENCES customer (id, bucket),
    CONSTRAINT subscription_customer_version FOREIGN KEY (customer_id, bucket, customer_version)
        REFERENCES customer_version (customer_id, bucket, version),
    CONSTRAINT subscription_metadata CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT subscription_transition CHECK (state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created incomplete, incomplete activated active, incomplete trial_started trialing,
        incomplete purchase_expired expired, trialing trial_converted active,
        trialing canceled canceled, active payment_overdue past_due, active canceled canceled,
        past_due payment_settled active, past_due canceled canceled, active paused paused,
        past_due paused paused, paused resumed active, paused canceled canceled}'::text[])),
    CONSTRAINT subscription_ended_is_not_billed CHECK (
        (state IN ('canceled', 'expired')) = (ended_at IS NOT NULL)
        AND (ended_at IS NULL OR next_bill_at IS NULL)),
    CONSTRAINT subscription_items_counted CHECK (item_seq >= 0)
) WITH (fillfactor = 90);
COMMENT ON TABLE subscription IS 'subscriptions: the agreement, a projection of its log';
CREATE UNIQUE INDEX subscription_one_live ON subscription (customer_id, bucket, family)
    WHERE state NOT IN ('canceled', 'expired');
CREATE INDEX subscription_ended ON subscription (customer_id, bucket)
    WHERE state IN ('canceled', 'expired');
CREATE INDEX subscription_in_state ON subscription (state, id) WHERE state <> 'active';
CREATE INDEX subscription_due ON subscription (bucket, next_bill_at)
    WHERE next_bill_at IS NOT NULL AND parked IS NULL;
CREATE INDEX subscription_foretold ON subscription (bucket, next_bill_at)
    WHERE next_bill_at IS NOT NULL AND parked IS NULL
      AND (state = 'trialing' OR cadence_unit = 'year');

CREATE TABLE renewal_notice (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    renews_on date NOT NULL,
    days smallint NOT NULL,
    due_at timestamptz,
    told_at timestamptz,
    CONSTRAINT renewal_notice_pk PRIMARY KEY (subscription_id, bucket, renews_on, days),
    CONSTRAINT renewal_notice_days CHECK (days >= 0),
    CONSTRAINT renewal_notice_once CHECK (due_at IS NULL OR told_at IS NULL)
);
CREATE INDEX renewal_notice_due ON renewal_notice (bucket, due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE renewal_notice IS 'subscriptions: what is told before a trial or a year ends';

CREATE TABLE subscription_item (
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
    CONSTRAINT subscription_item_pk PRIMARY KEY (subscription_id, bucket, no),
    CONSTRAINT subscription_item_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES subscription (id, bucket),
    CONSTRAINT subscription_item_quantity CHECK (quantity BETWEEN 1 AND 100000),
    CONSTRAINT subscription_item_no CHECK (no >= 1),
    CONSTRAINT subscription_item_days CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
COMMENT ON TABLE subscription_item IS 'subscriptions: what is had from when to when; a projection of the log';

CREATE TABLE subscription_offer (
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
    CONSTRAINT subscription_offer_pk PRIMARY KEY (subscription_id, bucket, no),
    CONSTRAINT subscription_offer_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES subscription (id, bucket),
    CONSTRAINT subscription_offer_days CHECK (until_on IS NULL OR until_on > from_on)
);
COMMENT ON TABLE subscription_offer IS 'subscriptions: what reduces a component from when to when; a projection of the log';

CREATE TABLE pending_change (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    billed_through date NOT NULL,
    lapses_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT pending_change_pk PRIMARY KEY (subscription_id, bucket),
    CONSTRAINT pending_change_subscription FOREIGN KEY (subscription_id, bucket) REFERENCES subscription (id, bucket),
    CONSTRAINT pending_change_invoice UNIQUE (invoice_id, bucket)
);
COMMENT ON TABLE pending_change IS 'subscriptions: a change that waits for its payment, frozen as it was decided';
CREATE INDEX pending_change_lapsing ON pending_change (bucket, lapses_at);

CREATE TABLE subscription_event (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    seq integer NOT NULL,
    kind text NOT NULL,
    effective date NOT NULL,
    entitled_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    command_key text NOT NULL,
    body jsonb NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT subscription_event_pk PRIMARY KEY (subscription_id, bucket, seq),
    CONSTRAINT subscription_event_once UNIQUE (subscription_id, bucket, command_key, kind),
    CONSTRAINT subscription_event_subscription FOREIGN KEY (subscription_id, bucket)
        REFERENCES subscription (id, bucket),
    CONSTRAINT subscription_event_seq CHECK (seq >= 1),
    CONSTRAINT subscription_event_kind CHECK (
        kind = ANY ('{created, trial_started, activated, trial_converted, payment_overdue,
            payment_settled, canceled, purchase_expired, plan_changed, quantity_changed,
            change_scheduled, cancel_scheduled, undone, paused, resumed}'::text[]))
);
COMMENT ON TABLE subscription_event IS 'subscriptions: the log in one total order; append-only';
CREATE INDEX subscription_event_fence ON subscription_event USING brin (fence) WITH (autosummarize = on);

CREATE TABLE agreement (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    kind text NOT NULL,
    text_version text NOT NULL,
    language text,
    accepted_at timestamptz NOT NULL,
    channel text NOT NULL,
    ip_hash bytea,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT agreement_pk PRIMARY KEY (subscription_id, bucket, kind, text_version, accepted_at),
    CONSTRAINT agreement_subscription FOREIGN KEY (subscription_id, bucket)
        REFERENCES subscription (id, bucket),
    CONSTRAINT agreement_kind CHECK (
        kind IN ('order_button', 'renewal', 'withdrawal', 'terms', 'mandate', 'withdrawal_waiver',
                 'renewal_consent', 'price_increase')),
    CONSTRAINT agreement_language CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT agreement_channel CHECK (channel IN ('api', 'checkout', 'portal'))
);
COMMENT ON TABLE agreement IS 'subscriptions: which text a payer was told or accepted, when and how; append-only';
CREATE INDEX agreement_fence ON agreement USING brin (fence) WITH (autosummarize = on);

CREATE TABLE trial_redemption (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    family text NOT NULL,
    subscription_id uuid NOT NULL,
    redeemed_at timestamptz NOT NULL,
    CONSTRAINT trial_redemption_pk PRIMARY KEY (customer_id, bucket, family),
    CONSTRAINT trial_redemption_customer FOREIGN KEY (customer_id, bucket)
        REFERENCES customer (id, bucket),
    CONSTRAINT trial_redemption_subscription FOREIGN KEY (subscription_id, bucket)
        REFERENCES subscription (id, bucket)
);
COMMENT ON TABLE trial_redemption IS 'customers: the trial a customer has used up in a product family';

CREATE TABLE bill_run (
    id uuid NOT NULL,
    as_of timestamptz NOT NULL,
    invoiced bigint NOT NULL DEFAULT 0,
    ended bigint NOT NULL DEFAULT 0,
    parked bigint NOT NULL DEFAULT 0,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    counted_at timestamptz,
    CONSTRAINT bill_run_pk PRIMARY KEY (id)
);
COMMENT ON TABLE bill_run IS 'invoicing: one run of the billing job and what it did';

CREATE TABLE billing_pause (
    id uuid NOT NULL,
    paused_by text NOT NULL,
    reason text NOT NULL,
    paused_at timestamptz NOT NULL,
    done_before bigint NOT NULL,
    resumed_by text,
    resumed_at timestamptz,
    done_after bigint,
    CONSTRAINT billing_pause_pk PRIMARY KEY (id),
    CONSTRAINT billing_pause_said CHECK (paused_by <> '' AND reason <> '' AND resumed_by <> ''),
    CONSTRAINT billing_pause_resumed CHECK (
        num_nulls(resumed_by, resumed_at, done_after) IN (0, 3)),
    CONSTRAINT billing_pause_order CHECK (resumed_at >= paused_at)
);
COMMENT ON TABLE billing_pause IS
    'invoicing: when people let no run bill, and how much all runs had done before and after';
CREATE UNIQUE INDEX billing_pause_open ON billing_pause ((resumed_at IS NULL))
    WHERE resumed_at IS NULL;

CREATE TABLE bill_parked (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    parked_at timestamptz NOT NULL,
    CONSTRAINT bill_parked_pk PRIMARY KEY (subscription_id, bucket)
);
COMMENT ON TABLE bill_parked IS 'invoicing: subscriptions a billing run parked, and why';

-- purchases ----------------------------------------------------------------------------------

CREATE TABLE checkout_session (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    plan_code text NOT NULL,
    quantity integer NOT NULL,
    add_ons text NOT NULL,
    coupon_code text,
    with_trial boolean NOT NULL,
    return_url text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at timestamptz,
    coupon_tries integer NOT NULL DEFAULT 0,
    CONSTRAINT checkout_session_pk PRIMARY KEY (id, bucket),
    CONSTRAINT checkout_session_customer FOREIGN KEY (customer_id, bucket)
        REFERENCES customer (id, bucket),
    CONSTRAINT checkout_session_quantity CHECK (quantity BETWEEN 1 AND 100000),
    CONSTRAINT checkout_session_expires CHECK (expires_at > created_at),
    CONSTRAINT checkout_session_returns CHECK (return_url ~ '^https?://'),
    CONSTRAINT checkout_session_coupon_tries CHECK (coupon_tries >= 0)
);
CREATE INDEX checkout_session_of_customer ON checkout_session (customer_id, bucket, created_at);
COMMENT ON TABLE checkout_session IS 'purchases: an order that waits for its buyer on a page of ours';

CREATE TABLE purchase (
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
    created_at timestamptz NOT NULL,
    CONSTRAINT purchase_pk PRIMARY KEY (id, bucket),
    CONSTRAINT purchase_transition CHECK (state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created processing, processing settled completed, processing refused failed}'::text[])),
    CONSTRAINT purchase_customer FOREIGN KEY (customer_id, bucket) REFERENCES customer (id, bucket),
    CONSTRAINT purchase_session FOREIGN KEY (checkout_session_id, bucket)
        REFERENCES checkout_session (id, bucket),
    CONSTRAINT purchase_try CHECK (
        (checkout_session_id IS NULL) = (checkout_try IS NULL) AND checkout_try > 0),
    CONSTRAINT purchase_one_subscription UNIQUE (subscription_id, bucket)
);
COMMENT ON TABLE purchase IS 'purchases: one run through checkout';
CREATE UNIQUE INDEX purchase_of_session ON purchase (checkout_session_id, checkout_try, bucket)
    WHERE checkout_session_id IS NOT NULL;
-- Whatever pages are open: of one session nothing is bought twice.
CREATE UNIQUE INDEX purchase_one_of_session ON purchase (checkout_session_id, bucket)
    WHERE checkout_session_id IS NOT NULL AND state <> 'failed';

-- invoicing ----------------------------------------------------------------------------------

CREATE TABLE invoice (
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
    issued_at timestamptz NOT NULL,
    series_id uuid NOT NULL,
    release_no integer NOT NULL,
    paid_at timestamptz,
    bill_run_id uuid,
    event_seq integer NOT NULL,
    CONSTRAINT invoice_pk PRIMARY KEY (id, bucket),
    CONSTRAINT invoice_foots CHECK (net_minor + tax_minor = total_minor),
    CONSTRAINT invoice_credited CHECK (credited_minor BETWEEN 0 AND total_minor),
    CONSTRAINT invoice_cause CHECK (cause IN ('purchase', 'renewal', 'change')),
    CONSTRAINT invoice_paid CHECK (
        CASE state WHEN 'paid' THEN paid_at IS NOT NULL WHEN 'void' THEN paid_at IS NULL
                   WHEN 'open' THEN (state_event = 'reopened') = (paid_at IS NOT NULL)
                   ELSE true END),
    CONSTRAINT invoice_transition CHECK (state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created open, open settled paid, open voided void,
        open written_off uncollectible, paid reopened open}'::text[]))
);
COMMENT ON TABLE invoice IS 'invoicing: the legal claim; immutable once issued but for its state';
CREATE INDEX invoice_in_state ON invoice (state, id) WHERE state <> 'paid';
CREATE INDEX invoice_of_customer ON invoice (
    ((issued_on - DATE '2000-01-01') >> 5), bucket, customer_id);

CREATE TABLE invoice_line (
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
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT invoice_line_pk PRIMARY KEY (period_start, bucket, subscription_id, item_no, kind),
    CONSTRAINT invoice_line_period CHECK (period_start < period_end),
    CONSTRAINT invoice_line_inside_grid CHECK (grid_start <= period_start AND period_end <= grid_end),
    CONSTRAINT invoice_line_foots CHECK (net_minor + tax_minor = gross_minor),
    CONSTRAINT invoice_line_not_negative CHECK (net_minor >= 0 AND tax_minor >= 0),
    CONSTRAINT invoice_line_unit CHECK (unit_num >= 0 AND unit_den >= 1),
    CONSTRAINT invoice_line_kind CHECK (kind IN ('recurring', 'trial', 'fixed'))
);
COMMENT ON TABLE invoice_line IS 'invoicing: what is claimed for which service time; append-only';
CREATE INDEX invoice_line_of_invoice ON invoice_line (invoice_id, bucket);
CREATE INDEX invoice_line_fence ON invoice_line USING brin (fence) WITH (autosummarize = on);

CREATE TABLE allocation (
    bucket smallint NOT NULL,
    invoice_id uuid NOT NULL,
    no smallint NOT NULL,
    source_kind text NOT NULL,
    source_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    effective_on date NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT allocation_pk PRIMARY KEY (invoice_id, bucket, no),
    CONSTRAINT allocation_invoice FOREIGN KEY (invoice_id, bucket) REFERENCES invoice (id, bucket),
    CONSTRAINT allocation_no CHECK (no >= 1),
    CONSTRAINT allocation_amount CHECK (amount_minor <> 0),
    CONSTRAINT allocation_source CHECK (source_kind IN ('payment', 'credit', 'credit_note', 'dispute'))
);
COMMENT ON TABLE allocation IS 'invoicing: what settles an invoice, and where it came from; append-only';
-- Written so that only who asks for the uses of a lot gets it: who asks what credit paid of an
-- invoice would read all of it where little credit was ever used.
CREATE INDEX allocation_of_lot ON allocation (source_id, bucket) WHERE source_kind || '' = 'credit';
CREATE INDEX allocation_fence ON allocation USING brin (fence) WITH (autosummarize = on);

CREATE TABLE credit_note (
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
    issued_at timestamptz NOT NULL,
    series_id uuid NOT NULL,
    release_no integer NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT credit_note_pk PRIMARY KEY (id, bucket),
    CONSTRAINT credit_note_invoice FOREIGN KEY (invoice_id, bucket) REFERENCES invoice (id, bucket),
    CONSTRAINT credit_note_foots CHECK (net_minor + tax_minor = total_minor AND total_minor > 0),
    CONSTRAINT credit_note_reason CHECK (
        reason IN ('plan_changed', 'canceled', 'uncollectible', 'refund', 'refund_failed', 'late_change',
                   'goodwill')),
    CONSTRAINT credit_note_settles CHECK (settles IN ('receivable', 'customer_credit'))
);
COMMENT ON TABLE credit_note IS 'invoicing: the only correction of an issued invoice; append-only';
CREATE INDEX credit_note_fence ON credit_note USING brin (fence) WITH (autosummarize = on);
CREATE INDEX credit_note_of_invoice ON credit_note (invoice_id, bucket);
CREATE INDEX credit_note_of_customer ON credit_note (customer_id, bucket);

CREATE TABLE line_credit (
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
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT line_credit_pk PRIMARY KEY (period_start, bucket, subscription_id, item_no, kind, seq),
    CONSTRAINT line_credit_line FOREIGN KEY (period_start, bucket, subscription_id, item_no, kind)
        REFERENCES invoice_line (period_start, bucket, subscription_id, item_no, kind),
    CONSTRAINT line_credit_note FOREIGN KEY (credit_note_id, bucket) REFERENCES credit_note (id, bucket),
    CONSTRAINT line_credit_span CHECK (credit_start < credit_end),
    CONSTRAINT line_credit_within_line CHECK (
        gross_minor > 0 AND cum_gross_minor BETWEEN gross_minor AND line_gross_minor),
    CONSTRAINT line_credit_deferred CHECK (deferred_net_minor BETWEEN 0 AND net_minor),
    CONSTRAINT line_credit_foots CHECK (net_minor + tax_minor = gross_minor)
);
COMMENT ON TABLE line_credit IS 'invoicing: how much of a line was given back, over which days, cumulated; append-only';
CREATE INDEX line_credit_of_note ON line_credit (credit_note_id, bucket);
CREATE INDEX line_credit_fence ON line_credit USING brin (fence) WITH (autosummarize = on);

CREATE TABLE number_series (
    id uuid NOT NULL,
    seller_code text NOT NULL,
    kind text NOT NULL,
    period text NOT NULL,
    template text NOT NULL,
    next_number bigint NOT NULL DEFAULT 1,
    CONSTRAINT number_series_pk PRIMARY KEY (id),
    CONSTRAINT number_series_natural UNIQUE (seller_code, kind, period),
    CONSTRAINT number_series_kind CHECK (kind IN ('invoice', 'credit_note', 'receipt')),
    CONSTRAINT number_series_positive CHECK (next_number >= 1)
);
COMMENT ON TABLE number_series IS 'invoicing: gapless counters by seller, kind and year';

CREATE TABLE series_template (
    seller_code text NOT NULL,
    kind text NOT NULL,
    template text NOT NULL,
    CONSTRAINT series_template_pk PRIMARY KEY (seller_code, kind)
);
COMMENT ON TABLE series_template IS 'invoicing: how the numbers of a seller look';

CREATE TABLE numbering_queue (
    bucket smallint NOT NULL,
    document_id uuid NOT NULL,
    series_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    CONSTRAINT numbering_queue_pk PRIMARY KEY (bucket, document_id)
);
COMMENT ON TABLE numbering_queue IS 'invoicing: issued documents that wait for their number';
CREATE INDEX numbering_queue_order ON numbering_queue (series_id, issued_at, document_id);

CREATE TABLE document_number (
    series_id uuid NOT NULL,
    position bigint NOT NULL,
    document_id uuid NOT NULL,
    bucket smallint NOT NULL,
    display text NOT NULL,
    stamped_at timestamptz NOT NULL,
    body_hash bytea NOT NULL,
    hash bytea NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT document_number_pk PRIMARY KEY (series_id, position),
    CONSTRAINT document_number_once UNIQUE (series_id, document_id),
    CONSTRAINT document_number_positive CHECK (position >= 1),
    CONSTRAINT document_number_hashes CHECK (length(body_hash) = 32 AND length(hash) = 32)
);
COMMENT ON TABLE document_number IS 'invoicing: the register of numbers, a chain of hashes a series; append-only';
CREATE INDEX document_number_fence ON document_number USING brin (fence) WITH (autosummarize = on);

CREATE TABLE retention_key (
    seller_code text NOT NULL,
    year smallint NOT NULL,
    wrapped bytea NOT NULL,
    CONSTRAINT retention_key_pk PRIMARY KEY (seller_code, year)
);
COMMENT ON TABLE retention_key IS 'invoicing: one wrapped key for the documents a seller issued in a year; append-only';

CREATE TABLE document_body (
    bucket smallint NOT NULL,
    document_id uuid NOT NULL,
    series_id uuid NOT NULL,
    kind text NOT NULL,
    sealed bytea NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT document_body_pk PRIMARY KEY (document_id, bucket),
    CONSTRAINT document_body_kind CHECK (kind IN (
        'invoice', 'simplified_invoice', 'credit_note', 'receipt', 'refund_receipt',
        'refund_reversal'))
);
COMMENT ON TABLE document_body IS 'invoicing: what a numbered document says, sealed under its retention key; append-only';
CREATE INDEX document_body_fence ON document_body USING brin (fence) WITH (autosummarize = on);

CREATE TABLE einvoice_check (
    bucket smallint NOT NULL,
    document_id uuid NOT NULL,
    state text NOT NULL,
    findings jsonb NOT NULL,
    looks smallint NOT NULL,
    checked_at timestamptz,
    CONSTRAINT einvoice_check_pk PRIMARY KEY (document_id, bucket),
    CONSTRAINT einvoice_check_state CHECK (state IN ('waiting', 'valid', 'invalid')),
    CONSTRAINT einvoice_check_checked CHECK ((state = 'waiting') = (checked_at IS NULL)),
    CONSTRAINT einvoice_check_findings CHECK (jsonb_typeof(findings) = 'array'),
    CONSTRAINT einvoice_check_looks CHECK (looks >= 0)
);
COMMENT ON TABLE einvoice_check IS 'invoicing: whether the published rules accept a numbered document';
CREATE INDEX einvoice_check_waiting ON einvoice_check (looks, document_id) WHERE state = 'waiting';

-- payments -----------------------------------------------------------------------------------

CREATE TABLE psp_account (
    code text NOT NULL,
    psp text NOT NULL,
    seller_code text,
    settings jsonb NOT NULL,
    secrets_sealed bytea NOT NULL,
    status text NOT NULL,
    call_deadline_ms integer NOT NULL,
    CONSTRAINT psp_account_pk PRIMARY KEY (code),
    CONSTRAINT psp_account_settings CHECK (settings ? 'base_url'),
    CONSTRAINT psp_account_status CHECK (status IN ('active', 'disabled')),
    CONSTRAINT psp_account_deadline CHECK (call_deadline_ms BETWEEN 50 AND 30000)
);
COMMENT ON TABLE psp_account IS 'payments: merchant accounts at providers';

CREATE TABLE routing_policy (
    version integer NOT NULL,
    body jsonb NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT routing_policy_pk PRIMARY KEY (version),
    CONSTRAINT routing_policy_positive CHECK (version >= 1),
    CONSTRAINT routing_policy_body CHECK (jsonb_typeof(body) = 'object')
);
COMMENT ON TABLE routing_policy IS 'payments: rules that choose merchant accounts; append-only';

CREATE TABLE model_switch (
    kind text NOT NULL,
    seller_code text NOT NULL,
    no integer NOT NULL,
    mode text NOT NULL,
    percent smallint NOT NULL,
    explore_below jsonb NOT NULL,
    changed_by text NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL,
    unmet jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT model_switch_pk PRIMARY KEY (kind, seller_code, no),
    CONSTRAINT model_switch_kind CHECK (kind IN ('routing', 'retry')),
    CONSTRAINT model_switch_positive CHECK (no >= 1),
    CONSTRAINT model_switch_amounts CHECK (jsonb_typeof(explore_below) = 'object'),
    CONSTRAINT model_switch_mode CHECK (
        (mode IN ('off', 'shadow') AND percent = 0)
        OR (mode = 'canary' AND percent IN (1, 5, 25)) OR (mode = 'on' AND percent = 95)),
    CONSTRAINT model_switch_said CHECK (changed_by <> '' AND reason <> ''),
    CONSTRAINT model_switch_unmet CHECK (jsonb_typeof(unmet) = 'array'),
    CONSTRAINT model_switch_system CHECK (changed_by <> 'system' OR mode = 'shadow')
);
COMMENT ON TABLE model_switch IS
    'payments: how far a seller lets a model decide, since when, and who said so; append-only';

CREATE TABLE router_cursor (
    kind text NOT NULL,
    tick bigint NOT NULL,
    upto bigint NOT NULL,
    tick_from bigint NOT NULL,
    window_from bigint NOT NULL,
    counted_at timestamptz NOT NULL,
    CONSTRAINT router_cursor_pk PRIMARY KEY (kind),
    CONSTRAINT router_cursor_kind CHECK (kind = 'routing'),
    CONSTRAINT router_cursor_order CHECK (window_from <= tick_from AND tick_from <= upto)
);
COMMENT ON TABLE router_cursor IS
    'payments: up to which transaction outcomes are counted, and the tick they are counted in';

CREATE TABLE router_delta (
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
    CONSTRAINT router_delta_pk PRIMARY KEY
        (tick, upto, market, region, brand, funding, psp_account, is_burst),
    CONSTRAINT router_delta_counts CHECK (tries > 0 AND approved BETWEEN 0 AND tries)
);
COMMENT ON TABLE router_delta IS
    'payments: outcomes that became known between two fences; old ones are summed up';

CREATE TABLE router_share (
    tick bigint NOT NULL,
    market text NOT NULL,
    region text NOT NULL,
    brand text NOT NULL,
    funding text NOT NULL,
    psp_account text NOT NULL,
    ppm bigint NOT NULL,
    CONSTRAINT router_share_pk PRIMARY KEY (tick, market, region, brand, funding, psp_account),
    CONSTRAINT router_share_counts CHECK (ppm >= 0)
);
COMMENT ON TABLE router_share IS
    'payments: propensities that accounts were chosen by, summed over the decisions of a tick';

CREATE TABLE router_snapshot (
    tick bigint NOT NULL,
    upto bigint NOT NULL,
    body text NOT NULL,
    taken_at timestamptz NOT NULL,
    sha256 text NOT NULL,
    code_version text NOT NULL,
    CONSTRAINT router_snapshot_pk PRIMARY KEY (tick),
    CONSTRAINT router_snapshot_body CHECK (body <> ''),
    CONSTRAINT router_snapshot_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT router_snapshot_code CHECK (code_version <> '')
);
COMMENT ON TABLE router_snapshot IS
    'payments: what the model of routing knew after a tick, so that a process begins there';

CREATE TABLE retry_model (
    version integer NOT NULL,
    body text NOT NULL,
    sha256 text NOT NULL,
    metrics jsonb NOT NULL,
    trained_at timestamptz NOT NULL,
    loaded_at timestamptz NOT NULL,
    loaded_by text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT retry_model_pk PRIMARY KEY (version),
    CONSTRAINT retry_model_positive CHECK (version >= 1),
    CONSTRAINT retry_model_body CHECK (body <> ''),
    CONSTRAINT retry_model_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT retry_model_metrics CHECK (jsonb_typeof(metrics) = 'object'),
    CONSTRAINT retry_model_order CHECK (trained_at <= loaded_at),
    CONSTRAINT retry_model_said CHECK (loaded_by <> '' AND reason <> '')
);
COMMENT ON TABLE retry_model IS
    'payments: tables of whole numbers that choose among moments of a retry; append-only';

CREATE TABLE model_fault (
    kind text NOT NULL,
    tick bigint NOT NULL,
    seller_code text NOT NULL,
    why text NOT NULL,
    decisions integer NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT model_fault_pk PRIMARY KEY (kind, tick, seller_code, why),
    CONSTRAINT model_fault_kind CHECK (kind IN ('routing', 'retry')),
    CONSTRAINT model_fault_count CHECK (decisions > 0)
);
COMMENT ON TABLE model_fault IS
    'payments: decisions of a tick and seller for which a model was asked and not believed, and why';

CREATE TABLE model_tally (
    kind text NOT NULL,
    seller_code text NOT NULL,
    no integer NOT NULL,
    version integer NOT NULL,
    acts boolean NOT NULL,
    cell smallint NOT NULL,
    tries integer NOT NULL,
    good integer NOT NULL,
    CONSTRAINT model_tally_pk PRIMARY KEY (kind, seller_code, no, version, acts, cell),
    CONSTRAINT model_tally_kind CHECK (kind IN ('routing', 'retry')),
    CONSTRAINT model_tally_counts CHECK (tries > 0 AND good BETWEEN 0 AND tries)
);
COMMENT ON TABLE model_tally IS
    'payments: what came of first tries by switch and by whether a model decided, in 512 cells of customers';

CREATE TABLE model_feature (
    kind text NOT NULL,
    day date NOT NULL,
    feature text NOT NULL,
    level text NOT NULL,
    decisions integer NOT NULL,
    CONSTRAINT model_feature_pk PRIMARY KEY (kind, day, feature, level),
    CONSTRAINT model_feature_kind CHECK (kind IN ('routing', 'retry')),
    CONSTRAINT model_feature_count CHECK (decisions > 0)
);
COMMENT ON TABLE model_feature IS
    'payments: of what kind decisions were that models are or could be asked about, by day';

CREATE TABLE model_belief (
    kind text NOT NULL,
    week date NOT NULL,
    tenth smallint NOT NULL,
    tries integer NOT NULL,
    believed bigint NOT NULL,
    good integer NOT NULL,
    CONSTRAINT model_belief_pk PRIMARY KEY (kind, week, tenth),
    CONSTRAINT model_belief_kind CHECK (kind IN ('routing', 'retry')),
    CONSTRAINT model_belief_monday CHECK (extract(isodow FROM week) = 1),
    CONSTRAINT model_belief_counts CHECK (tries > 0 AND good BETWEEN 0 AND tries),
    CONSTRAINT model_belief_within CHECK (
        tenth BETWEEN 0 AND 9 AND believed >= 100000 * tenth::bigint * tries
        AND believed <= 100000 * (tenth::bigint + 1) * tries)
);
COMMENT ON TABLE model_belief IS
    'payments: how likely models took tries to succeed (sums in ppm), and how many did, by week of the decision';

CREATE TABLE network_limit (
    network text NOT NULL,
    region text NOT NULL,
    initiator text NOT NULL,
    hours integer NOT NULL,
    valid_from date NOT NULL,
    tries_max integer NOT NULL,
    source text NOT NULL,
    checked_on date NOT NULL,
    CONSTRAINT network_limit_pk PRIMARY KEY (network, region, initiator, hours, valid_from),
    CONSTRAINT network_limit_initiator CHECK (initiator IN ('any', 'merchant')),
    CONSTRAINT network_limit_region CHECK (region = 'any' OR region ~ '^[A-Z]{2}$'),
    CONSTRAINT network_limit_hours CHECK (hours > 0),
    CONSTRAINT network_limit_tries CHECK (tries_max > 0)
);
COMMENT ON TABLE network_limit IS 'payments: how often a card may be tried in vain, since when, and who says so';

INSERT INTO network_limit (network, region, initiator, hours, valid_from, tries_max, source, checked_on)
VALUES
    ('any', 'any', 'merchant', 24, '2000-01-01', 2, 'our own limit, stricter than any network', '2026-11-26'),
    ('any', 'any', 'any', 720, '2000-01-01', 15, 'our own limit: Visa allows 15, later 20', '2026-11-26'),
    ('visa', 'any', 'any', 720, '2000-01-01', 15, 'Visa, excessive reattempts: 15 in 30 days', '2026-11-26'),
    ('visa', 'any', 'any', 720, '2025-05-25', 20, 'Cielo, notice of 2025: 20 in 30 days', '2026-11-26'),
    ('mastercard', 'any', 'any', 24, '2000-01-01', 10, 'Mastercard, excessive authorisations: 10 in 24 hours', '2026-11-26'),
    ('mastercard', 'any', 'any', 720, '2000-01-01', 35, 'Mastercard, excessive authorisations: 35 in 30 days', '2026-11-26'),
    ('mastercard', 'BR', 'any', 720, '2023-02-01', 8, 'Braspag: a fee from the eighth retry on', '2026-11-26'),
    ('elo', 'BR', 'any', 720, '2000-01-01', 15, 'Braspag: 15 in a month', '2026-11-26');

CREATE TABLE scheme_rule (
    scheme text NOT NULL,
    valid_from date NOT NULL,
    notice_days smallint NOT NULL,
    notice_unit text NOT NULL,
    notice_days_min smallint NOT NULL,
    submit_bank_days smallint NOT NULL,
    lapse_months smallint,
    source text NOT NULL,
    checked_on date NOT NULL,
    CONSTRAINT scheme_rule_pk PRIMARY KEY (scheme, valid_from),
    CONSTRAINT scheme_rule_unit CHECK (notice_unit IN ('day', 'bank_day')),
    CONSTRAINT scheme_rule_notice CHECK (notice_days_min BETWEEN 1 AND notice_days),
    CONSTRAINT scheme_rule_submit CHECK (submit_bank_days >= 0),
    CONSTRAINT scheme_rule_lapse CHECK (lapse_months > 0)
);
COMMENT ON TABLE scheme_rule IS
    'payments: what a scheme of bank debits asks for before a debit, since when, and who says so';

-- The least that a mandate may agree to is ours: no scheme of these names one.
INSERT INTO scheme_rule (scheme, valid_from, notice_days, notice_unit, notice_days_min,
                         submit_bank_days, lapse_months, source, checked_on)
VALUES
    ('sepa_core', '2009-11-02', 14, 'day', 1, 1, 36, 'EPC016-06, SEPA Core rulebook: 14 calendar days unless agreed, due day less 1 bank day, 36 months', '2026-11-27'),
    ('sepa_b2b', '2009-11-02', 14, 'day', 1, 1, 36, 'EPC222-07, SEPA B2B rulebook: as Core', '2026-11-27'),
    ('bacs', '2000-01-01', 10, 'bank_day', 1, 2, NULL, 'Bacs, advance notice: 10 working days unless agreed with the bank; cycle of 3 days', '2026-11-27');

CREATE TABLE payment_method (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand text NOT NULL,
    last4 text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    external_id text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT payment_method_pk PRIMARY KEY (id, bucket),
    CONSTRAINT payment_method_customer FOREIGN KEY (customer_id, bucket) REFERENCES customer (id, bucket),
    CONSTRAINT payment_method_last4 CHECK (last4 ~ '^[0-9A-Z]{2,4}$'),
    CONSTRAINT payment_method_metadata CHECK (jsonb_typeof(metadata) = 'object')
);
CREATE INDEX payment_method_of_customer ON payment_method (customer_id, bucket);
COMMENT ON TABLE payment_method IS 'payments: what a customer pays with, as people know it';

-- What a provider tells of a card with a charge cannot be asked for later: it is kept from the first.
CREATE TABLE instrument (
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
    no smallint NOT NULL DEFAULT 1,
    mit_stopped_at timestamptz,
    CONSTRAINT instrument_pk PRIMARY KEY (payment_method_id, bucket, psp_account, psp_token),
    CONSTRAINT instrument_method FOREIGN KEY (payment_method_id, bucket)
        REFERENCES payment_method (id, bucket),
    CONSTRAINT instrument_account FOREIGN KEY (psp_account) REFERENCES psp_account (code),
    CONSTRAINT instrument_token UNIQUE (psp_account, psp_token, bucket),
    CONSTRAINT instrument_state CHECK (state IN ('active', 'retired')),
    CONSTRAINT instrument_no CHECK (no >= 1),
    CONSTRAINT instrument_bin CHECK (bin ~ '^[0-9]{6,8}$'),
    CONSTRAINT instrument_funding CHECK (funding IN ('credit', 'debit', 'prepaid')),
    CONSTRAINT instrument_issuer_country CHECK (issuer_country ~ '^[A-Z]{2}$')
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX instrument_one_active ON instrument (payment_method_id, bucket, psp_account)
    WHERE state = 'active';
CREATE INDEX instrument_expiring ON instrument (expires_on, bucket)
    WHERE state = 'active' AND expires_on IS NOT NULL;
CREATE INDEX instrument_of_card ON instrument (fingerprint_hash, bucket)
    WHERE fingerprint_hash IS NOT NULL;
COMMENT ON TABLE instrument IS 'payments: a method at one provider: its token and what is known of the card';

-- What a payer lets be debited. Its state is what the facts say in the order in which they happened.
CREATE TABLE mandate (
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
    accepted_at timestamptz,
    ip_hash bytea,
    machine text NOT NULL DEFAULT 'mandate',
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    replaced_by text,
    last_debit_on date,
    lapses_on date,
    look_at timestamptz,
    fact_no integer NOT NULL,
    event_seq integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT mandate_pk PRIMARY KEY (id, bucket),
    CONSTRAINT mandate_token UNIQUE (psp_account, psp_token, bucket),
    CONSTRAINT mandate_method FOREIGN KEY (payment_method_id, bucket)
        REFERENCES payment_method (id, bucket),
    CONSTRAINT mandate_account FOREIGN KEY (psp_account) REFERENCES psp_account (code),
    CONSTRAINT mandate_machine CHECK (machine = 'mandate'),
    CONSTRAINT mandate_transition FOREIGN KEY (machine, state_before, state_event, state)
        REFERENCES transition (machine, before, event, after),
    CONSTRAINT mandate_accepted CHECK (text_version IS NULL OR accepted_at IS NOT NULL),
    CONSTRAINT mandate_notice CHECK (notice_days >= 1),
    CONSTRAINT mandate_replaced CHECK ((state = 'replaced') = (replaced_by IS NOT NULL))
) WITH (fillfactor = 90);
CREATE INDEX mandate_of_method ON mandate (payment_method_id, bucket);
CREATE INDEX mandate_looking ON mandate (bucket, look_at) WHERE look_at IS NOT NULL;
COMMENT ON TABLE mandate IS 'payments: what a payer lets be debited, and where that stands';

CREATE TABLE mandate_fact (
    bucket smallint NOT NULL,
    mandate_id uuid NOT NULL,
    no integer NOT NULL,
    fact_key text NOT NULL,
    event text NOT NULL,
    rank smallint NOT NULL,
    source text NOT NULL,
    cause text,
    replaced_by text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT mandate_fact_pk PRIMARY KEY (mandate_id, bucket, no),
    CONSTRAINT mandate_fact_once UNIQUE (mandate_id, bucket, fact_key),
    CONSTRAINT mandate_fact_mandate FOREIGN KEY (mandate_id, bucket) REFERENCES mandate (id, bucket),
    CONSTRAINT mandate_fact_source CHECK (source IN ('webhook', 'look', 'clock')),
    CONSTRAINT mandate_fact_replaced CHECK ((event = 'replaced') = (replaced_by IS NOT NULL))
);
CREATE INDEX mandate_fact_fence ON mandate_fact USING brin (fence) WITH (autosummarize = on);
COMMENT ON TABLE mandate_fact IS 'payments: what was told of a mandate, and when it happened; append-only';

-- A means to pay that is verified without a charge: committed before the first byte, as an attempt.
CREATE TABLE payment_setup (
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
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    canceled_at timestamptz,
    resolve_at timestamptz,
    looks smallint NOT NULL,
    unknown_since timestamptz,
    ended_at timestamptz,
    evidence text,
    category text,
    psp_code text,
    psp_ref text,
    request_digest bytea,
    return_url text,
    challenge boolean NOT NULL,
    action_sealed bytea,
    action_expires_at timestamptz,
    payment_method_id uuid,
    three_ds_version text,
    three_ds_challenged boolean,
    three_ds_status text,
    three_ds_eci text,
    three_ds_transaction_id text,
    liability_shifted boolean,
    event_seq integer NOT NULL DEFAULT 0,
    CONSTRAINT payment_setup_pk PRIMARY KEY (id, bucket),
    CONSTRAINT payment_setup_customer FOREIGN KEY (customer_id, bucket)
        REFERENCES customer (id, bucket),
    CONSTRAINT payment_setup_method FOREIGN KEY (payment_method_id, bucket)
        REFERENCES payment_method (id, bucket),
    CONSTRAINT payment_setup_last4 CHECK (last4 ~ '^[0-9]{4}$'),
    CONSTRAINT payment_setup_digest CHECK (octet_length(request_digest) = 32),
    CONSTRAINT payment_setup_expires CHECK (expires_at > sent_at),
    CONSTRAINT payment_setup_saved CHECK (payment_method_id IS NULL OR state = 'succeeded'),
    CONSTRAINT payment_setup_three_ds CHECK (three_ds_status ~ '^[A-Z]$'),
    CONSTRAINT payment_setup_terminal_has_evidence CHECK (
        (state IN ('succeeded', 'failed', 'not_executed')) = (evidence IS NOT NULL)
        AND (evidence IS NULL) = (ended_at IS NULL)),
    CONSTRAINT payment_setup_evidence CHECK (evidence IN (
        'response', 'transport', 'withdrawn', 'status_query', 'webhook', 'void_confirmed',
        'erased')),
    CONSTRAINT payment_setup_live_resolves CHECK (
        (state IN ('sent', 'unknown', 'requires_action')) = (resolve_at IS NOT NULL)),
    CONSTRAINT payment_setup_action CHECK (
        (state = 'requires_action') = (action_sealed IS NOT NULL)
        AND (action_sealed IS NULL) = (action_expires_at IS NULL)
        AND (action_sealed IS NULL OR return_url IS NOT NULL)),
    CONSTRAINT payment_setup_over_forgets CHECK (
        evidence IS NULL OR (return_url IS NULL AND data_sealed IS NULL)),
    CONSTRAINT payment_setup_transition CHECK (
        state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created sent, sent sent sent, sent pending sent, sent answer_lost unknown,
        sent action_asked requires_action, unknown action_asked requires_action,
        requires_action sent sent, requires_action action_asked requires_action,
        requires_action pending sent, requires_action answer_lost unknown,
        requires_action confirmed succeeded, requires_action declined failed,
        requires_action proven_absent not_executed,
        sent confirmed succeeded, sent declined failed, sent proven_absent not_executed,
        unknown sent unknown, unknown pending sent, unknown answer_lost unknown,
        unknown confirmed succeeded, unknown declined failed,
        unknown proven_absent not_executed}'::text[]))
) WITH (fillfactor = 85);
COMMENT ON TABLE payment_setup IS 'payments: a means to pay that is verified and kept without a charge';
CREATE INDEX payment_setup_of_customer ON payment_setup (customer_id, bucket);
CREATE INDEX payment_setup_resolving ON payment_setup (bucket, resolve_at)
    WHERE resolve_at IS NOT NULL;

CREATE TABLE default_method (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    payment_method_id uuid NOT NULL,
    CONSTRAINT default_method_pk PRIMARY KEY (customer_id, bucket),
    CONSTRAINT default_method_method FOREIGN KEY (payment_method_id, bucket)
        REFERENCES payment_method (id, bucket)
);
COMMENT ON TABLE default_method IS 'payments: what a customer is charged by unless something else is named';

CREATE TABLE payment (
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
    disputed_minor bigint NOT NULL DEFAULT 0,
    dispute_lost_minor bigint NOT NULL DEFAULT 0,
    tries smallint NOT NULL,
    technical_tries smallint NOT NULL,
    own_failures smallint NOT NULL,
    payer_tries smallint NOT NULL DEFAULT 0,
    awaits_payer boolean NOT NULL,
    next_try_at timestamptz,
    withheld_for text,
    settled_attempt_id uuid,
    receipt_id uuid,
    event_seq integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT payment_pk PRIMARY KEY (id, bucket),
    CONSTRAINT payment_amount CHECK (amount_minor > 0),
    CONSTRAINT payment_payer_tries CHECK (payer_tries BETWEEN 0 AND tries),
    CONSTRAINT payment_bounds CHECK (
        refunded_minor >= 0 AND refunding_minor >= 0 AND disputed_minor >= 0
        AND dispute_lost_minor >= 0
        AND refunded_minor + refunding_minor + disputed_minor + dispute_lost_minor <= captured_minor
        AND captured_minor <= amount_minor),
    CONSTRAINT payment_settled CHECK (
        (state = 'succeeded') = (settled_attempt_id IS NOT NULL AND receipt_id IS NOT NULL
                                 AND captured_minor = amount_minor)),
    CONSTRAINT payment_only_processing_is_due CHECK (next_try_at IS NULL OR state = 'processing'),
    CONSTRAINT payment_withheld CHECK (
        withheld_for IS NULL OR (withheld_for IN ('network_limit', 'debit_notice') AND next_try_at IS NOT NULL)),
    CONSTRAINT payment_awaits_payer CHECK (NOT awaits_payer OR next_try_at IS NOT NULL),
    CONSTRAINT payment_transition CHECK (state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created processing, processing try_failed processing, processing postponed processing,
        processing confirmed succeeded,
        processing given_up failed, processing canceled canceled, failed adopted succeeded,
        canceled adopted succeeded}'::text[]))
) WITH (fillfactor = 85);
COMMENT ON TABLE payment IS 'payments: the wish to collect one amount once';
CREATE UNIQUE INDEX payment_one_live ON payment (invoice_id, bucket, purpose)
    WHERE state IN ('processing', 'succeeded');
CREATE INDEX payment_given_up ON payment (invoice_id, bucket) WHERE state IN ('failed', 'canceled');
CREATE INDEX payment_in_state ON payment (state, id) WHERE state <> 'succeeded';
CREATE INDEX payment_due ON payment (bucket, next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX payment_refused ON payment (next_try_at, id)
    INCLUDE (bucket, currency, amount_minor, captured_minor, tries, awaits_payer)
    WHERE next_try_at IS NOT NULL AND tries > 0;

-- What a payer is told before a debit: its amount and its day. Another amount or day is another one.
CREATE TABLE debit_notice (
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
    given_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT debit_notice_pk PRIMARY KEY (payment_id, bucket, no, amount_minor, due_on),
    CONSTRAINT debit_notice_once UNIQUE (payment_id, bucket, no),
    CONSTRAINT debit_notice_mandate FOREIGN KEY (mandate_id, bucket) REFERENCES mandate (id, bucket),
    CONSTRAINT debit_notice_amount CHECK (amount_minor > 0),
    CONSTRAINT debit_notice_unit CHECK (notice_unit IN ('day', 'bank_day')),
    CONSTRAINT debit_notice_in_time CHECK (
        notice_days >= 1 AND earliest_on - given_on >= notice_days AND due_on >= earliest_on)
);
CREATE INDEX debit_notice_fence ON debit_notice USING brin (fence) WITH (autosummarize = on);
COMMENT ON TABLE debit_notice IS 'payments: what a payer was told before a debit; append-only';

CREATE TABLE decision (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    policy_version integer NOT NULL,
    rule text NOT NULL,
    candidates jsonb NOT NULL,
    chosen text,
    decided_at timestamptz NOT NULL,
    features jsonb,
    learned jsonb,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT decision_pk PRIMARY KEY (id, bucket),
    CONSTRAINT decision_kind CHECK (kind IN ('route', 'authentication', 'retry')),
    CONSTRAINT decision_policy_version CHECK (policy_version >= 0),
    CONSTRAINT decision_candidates CHECK (jsonb_typeof(candidates) = 'array'),
    CONSTRAINT decision_features CHECK (
        features IS NULL
        OR (kind IN ('route', 'retry') AND jsonb_typeof(features) = 'object')),
    CONSTRAINT decision_learned CHECK (
        learned IS NULL OR (features IS NOT NULL AND jsonb_typeof(learned) = 'object'))
);
CREATE INDEX decision_fence ON decision USING brin (fence) WITH (autosummarize = on);
COMMENT ON TABLE decision IS 'payments: what was chosen among what, by which policy; append-only';

CREATE TABLE attempt (
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
    sent_at timestamptz NOT NULL,
    resolve_at timestamptz,
    looks smallint NOT NULL,
    unknown_since timestamptz,
    ended_at timestamptz,
    evidence_no smallint,
    category text,
    psp_code text,
    psp_ref text,
    request_digest bytea,
    resume_at timestamptz,
    resume_awaits boolean,
    adopted_from uuid,
    decision_id uuid,
    return_url text,
    challenge boolean NOT NULL DEFAULT false,
    action_sealed bytea,
    action_expires_at timestamptz,
    mandate_id uuid,
    notice_no smallint,
    due_on date,
    CONSTRAINT attempt_pk PRIMARY KEY (id, bucket),
    CONSTRAINT attempt_mandate FOREIGN KEY (mandate_id, bucket) REFERENCES mandate (id, bucket),
    CONSTRAINT attempt_notice FOREIGN KEY (payment_id, bucket, notice_no, amount_minor, due_on)
        REFERENCES debit_notice (payment_id, bucket, no, amount_minor, due_on),
    CONSTRAINT attempt_due CHECK (
        (notice_no IS NULL) = (due_on IS NULL) AND (due_on IS NULL OR mandate_id IS NOT NULL)),
    CONSTRAINT attempt_amount CHECK (amount_minor > 0),
    CONSTRAINT attempt_digest CHECK (octet_length(request_digest) = 32),
    CONSTRAINT attempt_initiator CHECK (initiator IN ('customer', 'merchant')),
    CONSTRAINT attempt_resume CHECK (
        (resume_at IS NULL) = (resume_awaits IS NULL)
        AND (resume_at IS NULL OR initiator = 'customer')),
    CONSTRAINT attempt_decided CHECK ((decision_id IS NULL) = (adopted_from IS NOT NULL)),
    CONSTRAINT attempt_adopted CHECK (adopted_from IS NULL OR request_digest IS NULL),
    CONSTRAINT attempt_terminal_has_evidence CHECK (
        (state IN ('succeeded', 'declined', 'not_executed')) = (evidence_no IS NOT NULL)
        AND (evidence_no IS NULL) = (ended_at IS NULL)),
    CONSTRAINT attempt_live_resolves CHECK (
        (state IN ('sent', 'unknown', 'requires_action')) = (resolve_at IS NOT NULL)),
    CONSTRAINT attempt_asks_payer CHECK (
        (return_url IS NULL AND NOT challenge) OR initiator = 'customer'),
    CONSTRAINT attempt_action CHECK (
        (state = 'requires_action') = (action_sealed IS NOT NULL)
        AND (action_sealed IS NULL) = (action_expires_at IS NULL)
        AND (action_sealed IS NULL OR return_url IS NOT NULL)),
    CONSTRAINT attempt_over_forgets CHECK (evidence_no IS NULL OR return_url IS NULL),
    CONSTRAINT attempt_transition CHECK (state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created sent, sent sent sent, sent pending sent, sent answer_lost unknown,
        sent action_asked requires_action, unknown action_asked requires_action,
        requires_action sent sent, requires_action action_asked requires_action,
        requires_action pending sent, requires_action answer_lost unknown,
        requires_action confirmed succeeded, requires_action declined declined,
        requires_action proven_absent not_executed,
        sent confirmed succeeded, sent declined declined, sent proven_absent not_executed,
        unknown sent unknown, unknown pending sent, unknown answer_lost unknown,
        unknown confirmed succeeded, unknown declined declined,
        unknown proven_absent not_executed}'::text[]))
) WITH (fillfactor = 85);
COMMENT ON TABLE attempt IS 'payments: one try of a payment at one provider with one key';
CREATE INDEX attempt_of_payment ON attempt (payment_id, bucket, ordinal);
CREATE UNIQUE INDEX attempt_one_live ON attempt (payment_id, bucket)
    WHERE state IN ('sent', 'unknown', 'requires_action', 'succeeded');
CREATE INDEX attempt_of_psp_ref ON attempt (psp_account, psp_ref) WHERE psp_ref IS NOT NULL;
CREATE UNIQUE INDEX attempt_adopted_once ON attempt (adopted_from, bucket)
    WHERE adopted_from IS NOT NULL;
CREATE INDEX attempt_in_vain ON attempt (psp_token, bucket, sent_at)
    WHERE state NOT IN ('succeeded', 'not_executed');
CREATE INDEX attempt_resolving ON attempt (bucket, resolve_at) WHERE resolve_at IS NOT NULL;

CREATE TABLE attempt_authentication (
    bucket smallint NOT NULL,
    attempt_id uuid NOT NULL,
    version text,
    challenged boolean,
    status text,
    eci text,
    transaction_id text,
    liability_shifted boolean,
    recorded_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT attempt_authentication_pk PRIMARY KEY (attempt_id, bucket),
    CONSTRAINT attempt_authentication_status CHECK (status ~ '^[A-Z]$')
);
COMMENT ON TABLE attempt_authentication IS 'payments: how an issuer authenticated a payer; append-only';
CREATE INDEX attempt_authentication_fence
    ON attempt_authentication USING brin (fence) WITH (autosummarize = on);
-- Each further failure of a payment is the next revision; slots go or wait, and none comes.
CREATE TABLE retry_plan (
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
    not_before timestamptz,
    slots jsonb NOT NULL,
    track text NOT NULL,
    next_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    began_at timestamptz NOT NULL,
    planned_at timestamptz NOT NULL,
    decision_id uuid,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT retry_plan_pk PRIMARY KEY (payment_id, bucket, revision),
    CONSTRAINT retry_plan_revision CHECK (revision >= 1),
    CONSTRAINT retry_plan_slots CHECK (jsonb_typeof(slots) = 'array'),
    CONSTRAINT retry_plan_track CHECK (track IN ('slot', 'model', 'technical', 'payer', 'end')),
    CONSTRAINT retry_plan_cause CHECK (
        (track = 'payer') = (attempt_id IS NULL) AND (attempt_id IS NULL) = (advice IS NULL)
        AND (attempt_id IS NULL) = (decision_id IS NULL)),
    CONSTRAINT retry_plan_order CHECK (began_at <= planned_at AND began_at <= ends_at)
);
CREATE INDEX retry_plan_fence ON retry_plan USING brin (fence) WITH (autosummarize = on);
COMMENT ON TABLE retry_plan IS 'payments: when machines try a refused payment again, and why; append-only';

-- What a payer is told while a refused payment is collected: due, or told once, or neither any more.
CREATE TABLE payment_notice (
    bucket smallint NOT NULL,
    payment_id uuid NOT NULL,
    kind text NOT NULL,
    day smallint NOT NULL,
    due_at timestamptz,
    told_at timestamptz,
    CONSTRAINT payment_notice_pk PRIMARY KEY (payment_id, bucket, kind, day),
    CONSTRAINT payment_notice_kind CHECK (kind IN ('failed', 'reminder', 'last_warning', 'ended')),
    CONSTRAINT payment_notice_day CHECK (day >= 0),
    CONSTRAINT payment_notice_once CHECK (due_at IS NULL OR told_at IS NULL)
);
CREATE INDEX payment_notice_due ON payment_notice (bucket, due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE payment_notice IS 'payments: what a payer is told while a refused payment is collected';

-- What is told before a card expires: a row for each card, which is a method until one day, and for
-- each number of days before that; due, or told once, or neither any more.
CREATE TABLE card_notice (
    bucket smallint NOT NULL,
    payment_method_id uuid NOT NULL,
    expires_on date NOT NULL,
    days smallint NOT NULL,
    due_at timestamptz,
    told_at timestamptz,
    CONSTRAINT card_notice_pk PRIMARY KEY (payment_method_id, bucket, expires_on, days),
    CONSTRAINT card_notice_days CHECK (days >= 1),
    CONSTRAINT card_notice_once CHECK (due_at IS NULL OR told_at IS NULL)
);
CREATE INDEX card_notice_due ON card_notice (bucket, due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE card_notice IS 'payments: what a payer is told before a card expires';

CREATE TABLE attempt_evidence (
    bucket smallint NOT NULL,
    attempt_id uuid NOT NULL,
    no smallint NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    psp_ref text,
    psp_code text,
    currency text,
    amount_minor bigint,
    recorded_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT attempt_evidence_pk PRIMARY KEY (attempt_id, bucket, no),
    CONSTRAINT attempt_evidence_kind CHECK (
        kind = ANY ('{response, transport, withdrawn, status_query, webhook, settlement_line,
            void_confirmed, operator}'::text[])),
    CONSTRAINT attempt_evidence_outcome CHECK (outcome IN ('succeeded', 'declined', 'not_executed'))
);
COMMENT ON TABLE attempt_evidence IS 'payments: what closed an attempt, or contradicts it; append-only';
CREATE INDEX attempt_evidence_fence ON attempt_evidence USING brin (fence) WITH (autosummarize = on);

CREATE TABLE refund (
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
    machine text NOT NULL DEFAULT 'refund',
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    sent_at timestamptz NOT NULL,
    resolve_at timestamptz,
    looks smallint NOT NULL,
    psp_ref text,
    psp_code text,
    credit_note_id uuid,
    receipt_id uuid,
    ended_at timestamptz,
    request_digest bytea,
    attempt_id uuid,
    reversal_receipt_id uuid,
    CONSTRAINT refund_pk PRIMARY KEY (id, bucket),
    CONSTRAINT refund_payment FOREIGN KEY (payment_id, bucket) REFERENCES payment (id, bucket),
    CONSTRAINT refund_machine CHECK (machine = 'refund'),
    CONSTRAINT refund_transition FOREIGN KEY (machine, state_before, state_event, state)
        REFERENCES transition (machine, before, event, after),
    CONSTRAINT refund_cause CHECK (cause IN ('asked', 'late_change', 'late_success', 'credit')),
    CONSTRAINT refund_late CHECK ((cause = 'late_success') = (attempt_id IS NOT NULL)),
    CONSTRAINT refund_amount CHECK (amount_minor > 0),
    CONSTRAINT refund_digest CHECK (octet_length(request_digest) = 32),
    CONSTRAINT refund_live_resolves CHECK (
        (state IN ('requested', 'sent', 'unknown')) = (resolve_at IS NOT NULL)),
    CONSTRAINT refund_proven CHECK (
        (state IN ('succeeded', 'reversed')) = (receipt_id IS NOT NULL)),
    CONSTRAINT refund_corrected CHECK (
        (state = 'reversed') = (reversal_receipt_id IS NOT NULL))
);
COMMENT ON TABLE refund IS 'payments: money given back through the provider that took it';
CREATE INDEX refund_of_payment ON refund (payment_id, bucket);
CREATE UNIQUE INDEX refund_of_late ON refund (attempt_id, bucket)
    WHERE attempt_id IS NOT NULL AND state NOT IN ('failed', 'reversed');
CREATE INDEX refund_of_customer ON refund (customer_id, bucket);
CREATE INDEX refund_of_psp_ref ON refund (psp_account, psp_ref) WHERE psp_ref IS NOT NULL;
CREATE INDEX refund_in_state ON refund (state, id) WHERE state <> 'succeeded';
CREATE INDEX refund_resolving ON refund (bucket, resolve_at) WHERE resolve_at IS NOT NULL;

CREATE TABLE refund_line (
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
    CONSTRAINT refund_line_pk PRIMARY KEY (refund_id, bucket, period_start, item_no, kind),
    CONSTRAINT refund_line_refund FOREIGN KEY (refund_id, bucket) REFERENCES refund (id, bucket),
    CONSTRAINT refund_line_amount CHECK (amount_minor > 0),
    CONSTRAINT refund_line_span CHECK (from_on < until_on)
);
COMMENT ON TABLE refund_line IS 'payments: what a refund takes of each line';
CREATE INDEX refund_line_of_invoice ON refund_line (invoice_id, bucket);

CREATE TABLE refund_withheld (
    bucket smallint NOT NULL,
    refund_id uuid NOT NULL,
    period_start date NOT NULL,
    item_no integer NOT NULL,
    kind text NOT NULL,
    from_on date NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT refund_withheld_pk
        PRIMARY KEY (refund_id, bucket, period_start, item_no, kind, from_on),
    CONSTRAINT refund_withheld_line FOREIGN KEY (refund_id, bucket, period_start, item_no, kind)
        REFERENCES refund_line (refund_id, bucket, period_start, item_no, kind),
    CONSTRAINT refund_withheld_amount CHECK (amount_minor > 0)
);
COMMENT ON TABLE refund_withheld IS 'payments: what a refund under way kept cuts of a line from giving back, owed if it fails';

CREATE TABLE refund_draw (
    bucket smallint NOT NULL,
    refund_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    payout_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT refund_draw_pk PRIMARY KEY (refund_id, bucket, lot_id),
    CONSTRAINT refund_draw_refund FOREIGN KEY (refund_id, bucket) REFERENCES refund (id, bucket),
    CONSTRAINT refund_draw_amount CHECK (amount_minor > 0)
);
COMMENT ON TABLE refund_draw IS 'payments: what a refund that pays credit out takes of each lot of it';
CREATE INDEX refund_draw_of_lot ON refund_draw (lot_id, bucket);
CREATE INDEX refund_draw_of_payout ON refund_draw (payout_id, bucket);

CREATE TABLE evidence_proposal (
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
    proposed_at timestamptz NOT NULL,
    ended_by text,
    ended_at timestamptz,
    CONSTRAINT evidence_proposal_pk PRIMARY KEY (id, bucket),
    CONSTRAINT evidence_proposal_kind CHECK (kind IN ('attempt', 'refund')),
    CONSTRAINT evidence_proposal_outcome CHECK (outcome IN ('succeeded', 'declined', 'not_executed')),
    CONSTRAINT evidence_proposal_named CHECK (outcome <> 'succeeded' OR psp_ref IS NOT NULL),
    CONSTRAINT evidence_proposal_sha256 CHECK (octet_length(file_sha256) = 32),
    CONSTRAINT evidence_proposal_ended CHECK (
        (state = 'proposed') = (ended_at IS NULL)
        AND (state IN ('approved', 'withdrawn')) = (ended_by IS NOT NULL)),
    CONSTRAINT evidence_proposal_four_eyes CHECK (
        state <> 'approved' OR lower(btrim(ended_by)) <> lower(btrim(proposed_by))),
    CONSTRAINT evidence_proposal_transition CHECK (
        state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created proposed, proposed approved approved, proposed withdrawn withdrawn,
        proposed contradicted lapsed}'::text[]))
);
COMMENT ON TABLE evidence_proposal IS
    'payments: what a provider wrote of a charge or refund, which two people take for its end';
CREATE UNIQUE INDEX evidence_proposal_open ON evidence_proposal (subject_id, bucket)
    WHERE state = 'proposed';
CREATE INDEX evidence_proposal_of_subject ON evidence_proposal (subject_id, bucket);

CREATE TABLE refund_proposal (
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
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_by text,
    ended_at timestamptz,
    refund_id uuid,
    credit_note_id uuid,
    CONSTRAINT refund_proposal_pk PRIMARY KEY (id, bucket),
    CONSTRAINT refund_proposal_payment FOREIGN KEY (payment_id, bucket)
        REFERENCES payment (id, bucket),
    CONSTRAINT refund_proposal_refund FOREIGN KEY (refund_id, bucket)
        REFERENCES refund (id, bucket),
    CONSTRAINT refund_proposal_gives CHECK (gives IN ('money', 'credit')),
    CONSTRAINT refund_proposal_amount CHECK (amount_minor > 0),
    CONSTRAINT refund_proposal_expiry CHECK (expires_at > proposed_at),
    CONSTRAINT refund_proposal_ended CHECK (
        (state = 'proposed') = (ended_at IS NULL)
        AND (state IN ('approved', 'withdrawn')) = (ended_by IS NOT NULL)),
    CONSTRAINT refund_proposal_made CHECK (
        (state = 'approved' AND gives = 'money') = (refund_id IS NOT NULL)
        AND (state = 'approved' AND gives = 'credit') = (credit_note_id IS NOT NULL)),
    CONSTRAINT refund_proposal_in_time CHECK (state <> 'approved' OR ended_at < expires_at),
    CONSTRAINT refund_proposal_four_eyes CHECK (
        state <> 'approved' OR lower(btrim(ended_by)) <> lower(btrim(proposed_by))),
    CONSTRAINT refund_proposal_transition CHECK (
        state_before || ' ' || state_event || ' ' || state = ANY ('{
        - created proposed, proposed approved approved, proposed withdrawn withdrawn,
        proposed expired lapsed}'::text[]))
);
COMMENT ON TABLE refund_proposal IS
    'payments: a refund, as money or as credit, above what one person may give back';
CREATE UNIQUE INDEX refund_proposal_open ON refund_proposal (payment_id, bucket)
    WHERE state = 'proposed';
CREATE INDEX refund_proposal_of_payment ON refund_proposal (payment_id, bucket);
CREATE TABLE dispute (
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
    machine text NOT NULL DEFAULT 'dispute',
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    due_by timestamptz,
    told_at timestamptz,
    opened_at timestamptz NOT NULL,
    fact_no smallint NOT NULL,
    event_seq integer NOT NULL,
    CONSTRAINT dispute_pk PRIMARY KEY (id, bucket),
    CONSTRAINT dispute_payment FOREIGN KEY (payment_id, bucket) REFERENCES payment (id, bucket),
    CONSTRAINT dispute_attempt FOREIGN KEY (attempt_id, bucket) REFERENCES attempt (id, bucket),
    CONSTRAINT dispute_machine CHECK (machine = 'dispute'),
    CONSTRAINT dispute_transition FOREIGN KEY (machine, state_before, state_event, state)
        REFERENCES transition (machine, before, event, after),
    CONSTRAINT dispute_kind CHECK (kind IN ('card', 'wallet_claim', 'bank_return')),
    CONSTRAINT dispute_stage CHECK (
        stage IN ('inquiry', 'formal', 'pre_arbitration', 'arbitration')),
    CONSTRAINT dispute_amount CHECK (amount_minor > 0),
    CONSTRAINT dispute_parts CHECK (
        held_minor >= 0 AND over_minor >= 0 AND offset_minor >= 0
        AND reopened_minor BETWEEN 0 AND held_minor
        AND held_minor + over_minor + offset_minor = CASE
            WHEN state IN ('needs_response', 'under_review', 'expired', 'accepted', 'lost')
            THEN amount_minor ELSE 0 END),
    CONSTRAINT dispute_reopened CHECK (reopened_minor = 0 OR state IN ('accepted', 'lost'))
);
COMMENT ON TABLE dispute IS
    'payments: what a payer or bank takes back of a charge; held within what was captured, or over it';
CREATE UNIQUE INDEX dispute_named ON dispute (psp_account, psp_ref, bucket)
    WHERE psp_ref IS NOT NULL;
CREATE INDEX dispute_nameless ON dispute (psp_account, id) WHERE psp_ref IS NULL;
CREATE INDEX dispute_of_payment ON dispute (payment_id, bucket);
CREATE INDEX dispute_of_attempt ON dispute (attempt_id, bucket);
CREATE INDEX dispute_in_state ON dispute (state, id);
CREATE INDEX dispute_due ON dispute (due_by) WHERE state IN ('warning', 'needs_response');

CREATE TABLE dispute_fact (
    bucket smallint NOT NULL,
    dispute_id uuid NOT NULL,
    no smallint NOT NULL,
    fact_key text NOT NULL,
    event text NOT NULL,
    source text NOT NULL,
    applied boolean NOT NULL,
    amount_minor bigint NOT NULL,
    taken_minor bigint NOT NULL,
    given_minor bigint NOT NULL,
    occurred_at timestamptz,
    recorded_at timestamptz NOT NULL,
    note text NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT dispute_fact_pk PRIMARY KEY (dispute_id, bucket, no),
    CONSTRAINT dispute_fact_once UNIQUE (dispute_id, bucket, fact_key),
    CONSTRAINT dispute_fact_dispute FOREIGN KEY (dispute_id, bucket) REFERENCES dispute (id, bucket),
    CONSTRAINT dispute_fact_source CHECK (
        source IN ('webhook', 'settlement_line', 'operator', 'clock', 'refund', 'response')),
    CONSTRAINT dispute_fact_moved CHECK (taken_minor >= 0 AND given_minor >= 0)
);
COMMENT ON TABLE dispute_fact IS
    'payments: what was told of a dispute or done about it, and what that moved; append-only';
CREATE INDEX dispute_fact_fence ON dispute_fact USING brin (fence) WITH (autosummarize = on);

CREATE TABLE dispute_draw (
    bucket smallint NOT NULL,
    dispute_id uuid NOT NULL,
    no smallint NOT NULL,
    lot_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT dispute_draw_pk PRIMARY KEY (dispute_id, bucket, no, lot_id),
    CONSTRAINT dispute_draw_fact FOREIGN KEY (dispute_id, bucket, no)
        REFERENCES dispute_fact (dispute_id, bucket, no),
    CONSTRAINT dispute_draw_amount CHECK (amount_minor <> 0)
);
COMMENT ON TABLE dispute_draw IS
    'payments: credit of a refund that came back, which a dispute had paid already; append-only';
CREATE INDEX dispute_draw_of_lot ON dispute_draw (lot_id, bucket);
CREATE INDEX dispute_draw_fence ON dispute_draw USING brin (fence) WITH (autosummarize = on);

CREATE TABLE dispute_evidence (
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
    machine text NOT NULL DEFAULT 'dispute_evidence',
    state text NOT NULL,
    state_before text NOT NULL,
    state_event text NOT NULL,
    psp_code text,
    looks smallint NOT NULL,
    sent_at timestamptz NOT NULL,
    resolve_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT dispute_evidence_pk PRIMARY KEY (id, bucket),
    CONSTRAINT dispute_evidence_dispute FOREIGN KEY (dispute_id, bucket)
        REFERENCES dispute (id, bucket),
    CONSTRAINT dispute_evidence_stage CHECK (
        stage IN ('inquiry', 'formal', 'pre_arbitration', 'arbitration')),
    CONSTRAINT dispute_evidence_hash CHECK (octet_length(pack_hash) = 32),
    CONSTRAINT dispute_evidence_digest CHECK (octet_length(request_digest) = 32),
    CONSTRAINT dispute_evidence_live_resolves CHECK (
        (state IN ('sent', 'unknown')) = (resolve_at IS NOT NULL)),
    CONSTRAINT dispute_evidence_over_forgets CHECK (
        (resolve_at IS NOT NULL) = (pack IS NOT NULL)
        AND (resolve_at IS NULL) = (ended_at IS NOT NULL)),
    CONSTRAINT dispute_evidence_machine CHECK (machine = 'dispute_evidence'),
    CONSTRAINT dispute_evidence_transition FOREIGN KEY (machine, state_before, state_event, state)
        REFERENCES transition (machine, before, event, after)
);
COMMENT ON TABLE dispute_evidence IS
    'payments: what was sent to the provider of a dispute, once a stage; the pack until that ended';
CREATE UNIQUE INDEX dispute_evidence_once ON dispute_evidence (dispute_id, bucket, stage)
    WHERE state IN ('sent', 'unknown', 'accepted');
CREATE INDEX dispute_evidence_of_dispute ON dispute_evidence (dispute_id, bucket);
CREATE INDEX dispute_evidence_due ON dispute_evidence (resolve_at) WHERE resolve_at IS NOT NULL;

CREATE TABLE dispute_policy (
    kind text NOT NULL,
    when_lost text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT dispute_policy_pk PRIMARY KEY (kind),
    CONSTRAINT dispute_policy_kind CHECK (kind IN ('card', 'wallet_claim', 'bank_return')),
    CONSTRAINT dispute_policy_when_lost CHECK (when_lost IN ('absorb', 'recollect'))
);
COMMENT ON TABLE dispute_policy IS
    'payments: what follows when a dispute of a kind is lost, where that is not the default';

CREATE TABLE psp_event (
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
    received_at timestamptz NOT NULL,
    due_at timestamptz,
    tries smallint NOT NULL DEFAULT 0,
    CONSTRAINT psp_event_pk PRIMARY KEY (psp_account, event_key),
    CONSTRAINT psp_event_sha256 CHECK (octet_length(body_sha256) = 32),
    CONSTRAINT psp_event_state CHECK (state IN ('received', 'applied', 'parked', 'ignored')),
    CONSTRAINT psp_event_due CHECK ((state IN ('received', 'parked')) = (due_at IS NOT NULL))
);
COMMENT ON TABLE psp_event IS 'payments: the inbox of verified webhooks, their bodies masked and kept for a while';
CREATE INDEX psp_event_of_reference ON psp_event (reference) WHERE body IS NOT NULL;
CREATE INDEX psp_event_kept ON psp_event (received_at) WHERE body IS NOT NULL;
CREATE INDEX psp_event_waiting ON psp_event (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE money_exception (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    opened_at timestamptz NOT NULL,
    assigned_to text,
    closed_at timestamptz,
    closed_by text,
    resolution text,
    CONSTRAINT money_exception_pk PRIMARY KEY (subject_id, bucket, reason),
    CONSTRAINT money_exception_id UNIQUE (id, bucket),
    CONSTRAINT money_exception_closed CHECK (
        (closed_by IS NULL) = (resolution IS NULL) AND (closed_by IS NULL OR closed_at IS NOT NULL))
);
CREATE INDEX money_exception_open ON money_exception (reason, bucket, opened_at)
    WHERE closed_at IS NULL;
CREATE INDEX money_exception_unclosed ON money_exception (id) WHERE closed_at IS NULL;
COMMENT ON TABLE money_exception IS 'payments: what a machine may not decide alone';

-- reconciliation -----------------------------------------------------------------------------

CREATE TABLE settlement_file (
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
    imported_at timestamptz NOT NULL,
    CONSTRAINT settlement_file_pk PRIMARY KEY (id),
    CONSTRAINT settlement_file_once UNIQUE (psp_account, sha256),
    CONSTRAINT settlement_file_corrects FOREIGN KEY (corrects) REFERENCES settlement_file (id),
    CONSTRAINT settlement_file_sha256 CHECK (octet_length(sha256) = 32),
    CONSTRAINT settlement_file_state CHECK (state IN ('imported', 'quarantined', 'replaced')),
    CONSTRAINT settlement_file_why CHECK ((state = 'quarantined') = (why IS NOT NULL)),
    CONSTRAINT settlement_file_lines CHECK (lines > 0),
    CONSTRAINT settlement_file_days CHECK (first_on <= last_on)
);
COMMENT ON TABLE settlement_file IS 'reconciliation: statements of providers; a quarantined one posts nothing';
CREATE UNIQUE INDEX settlement_file_reference ON settlement_file (psp_account, reference)
    WHERE state = 'imported';
CREATE INDEX settlement_file_of_account ON settlement_file (psp_account, imported_at);

CREATE TABLE settlement_step (
    file_id uuid NOT NULL,
    state text NOT NULL,
    recorded_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT settlement_step_pk PRIMARY KEY (file_id, state),
    CONSTRAINT settlement_step_file FOREIGN KEY (file_id) REFERENCES settlement_file (id),
    CONSTRAINT settlement_step_state CHECK (state IN ('imported', 'quarantined', 'replaced'))
);
COMMENT ON TABLE settlement_step IS
    'reconciliation: when a statement was kept with all its lines, and when it was replaced; append-only';
CREATE INDEX settlement_step_fence ON settlement_step USING brin (fence) WITH (autosummarize = on);

CREATE TABLE settlement_line (
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
    CONSTRAINT settlement_line_pk PRIMARY KEY (file_id, line_no),
    CONSTRAINT settlement_line_no CHECK (line_no > 0),
    CONSTRAINT settlement_line_kind CHECK (
        kind = ANY ('{charge, refund, refund_reversal, bank_return, dispute, dispute_reversal, fee,
            tax_on_fee, fx, adjustment, payout, payout_reversal, correction}'::text[])),
    CONSTRAINT settlement_line_match CHECK (
        match IN ('matched', 'waiting', 'mismatch', 'duplicate', 'unmatched', 'account')),
    CONSTRAINT settlement_line_subject CHECK (
        (match IN ('matched', 'waiting', 'mismatch', 'duplicate')) = (subject_id IS NOT NULL)),
    CONSTRAINT settlement_line_suspense CHECK (
        suspense_minor = 0
        OR (id IS NOT NULL AND match IN ('mismatch', 'duplicate', 'unmatched')))
);
COMMENT ON TABLE settlement_line IS
    'reconciliation: what a statement says line by line, and what of ours it is';
CREATE INDEX settlement_line_of_subject ON settlement_line (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX settlement_line_open ON settlement_line (file_id, line_no)
    WHERE match IN ('waiting', 'unmatched');
CREATE INDEX settlement_line_alone ON settlement_line (file_id, line_no) WHERE id IS NOT NULL;
CREATE INDEX settlement_line_named ON settlement_line (id) WHERE id IS NOT NULL;

CREATE TABLE settlement_total (
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
    CONSTRAINT settlement_total_pk PRIMARY KEY (file_id, seller_code, gross_currency, currency),
    CONSTRAINT settlement_total_file FOREIGN KEY (file_id) REFERENCES settlement_file (id),
    CONSTRAINT settlement_total_explained CHECK (explained_minor BETWEEN 0 AND turnover_minor)
);
COMMENT ON TABLE settlement_total IS
    'reconciliation: what the lines of a file come to, by seller and currency, as it is posted';

CREATE TABLE payout (
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
    CONSTRAINT payout_pk PRIMARY KEY (id),
    CONSTRAINT payout_once UNIQUE (reference, psp_account, currency),
    CONSTRAINT payout_file FOREIGN KEY (file_id) REFERENCES settlement_file (id),
    CONSTRAINT payout_amount CHECK (amount_minor <> 0),
    CONSTRAINT payout_transition CHECK (state_before || ' ' || state_event || ' ' || state = ANY ('{
        "- created announced",
        "announced arrived paid", "announced failed failed",
        "paid sent_back returned",
        "returned arrived paid", "returned failed failed"}'::text[])),
    CONSTRAINT payout_bank CHECK (
        (paid_on IS NULL) = (bank_minor IS NULL)
        AND CASE WHEN state IN ('paid', 'returned') THEN bank_minor IS NOT NULL
                 WHEN state = 'announced' THEN bank_minor IS NULL ELSE true END),
    CONSTRAINT payout_returned CHECK (
        (returned_on IS NULL OR bank_minor IS NOT NULL)
        AND (state <> 'returned' OR returned_on IS NOT NULL)),
    CONSTRAINT payout_failed CHECK (
        (state = 'failed') = (failed_on IS NOT NULL)
        AND (state = 'failed') = (failed_by IS NOT NULL)
        AND (state = 'failed') = (reversed_minor IS NOT NULL)
        AND (state = 'failed' OR failed_note IS NULL)),
    CONSTRAINT payout_failed_by CHECK (
        failed_by = 'line' OR failed_by = 'person' AND failed_note IS NOT NULL)
);
COMMENT ON TABLE payout IS
    'reconciliation: what a provider says it pays out, and what became of it';
CREATE INDEX payout_of_file ON payout (file_id);
CREATE INDEX payout_newest ON payout (announced_on, id);
CREATE INDEX payout_of_account ON payout (psp_account, currency, announced_on);
CREATE INDEX payout_failed_since ON payout (failed_on) WHERE state = 'failed';
CREATE INDEX payout_sent_back ON payout (returned_on) WHERE state = 'returned';
CREATE INDEX payout_on_its_way ON payout (announced_on) WHERE state = 'announced';

CREATE TABLE payout_step (
    payout_id uuid NOT NULL,
    no integer NOT NULL,
    event text NOT NULL,
    happened_on date NOT NULL,
    amount_minor bigint NOT NULL,
    note text,
    n integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT payout_step_pk PRIMARY KEY (payout_id, no),
    CONSTRAINT payout_step_payout FOREIGN KEY (payout_id) REFERENCES payout (id),
    CONSTRAINT payout_step_no CHECK (no > 0),
    CONSTRAINT payout_step_event CHECK (
        event IN ('arrived', 'sent_back', 'failed', 'proven', 'withdrawn')),
    CONSTRAINT payout_step_n CHECK (n >= 0)
);
COMMENT ON TABLE payout_step IS
    'reconciliation: what happened to a payout after it was announced; append-only';
CREATE INDEX payout_step_fence ON payout_step USING brin (fence) WITH (autosummarize = on);

-- receipts and entitlements --------------------------------------------------------------------

CREATE TABLE receipt (
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
    issued_at timestamptz NOT NULL,
    series_id uuid NOT NULL,
    release_no integer NOT NULL,
    offset_minor bigint NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT receipt_pk PRIMARY KEY (id, bucket),
    CONSTRAINT receipt_one UNIQUE (subject_id, bucket, kind),
    CONSTRAINT receipt_kind CHECK (kind IN ('payment', 'refund', 'reversal')),
    CONSTRAINT receipt_amount CHECK (amount_minor > 0),
    CONSTRAINT receipt_offset CHECK (
        offset_minor BETWEEN 0 AND CASE WHEN kind = 'reversal' THEN amount_minor ELSE 0 END)
);
CREATE INDEX receipt_of_customer ON receipt (
    (((issued_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5), bucket, customer_id);
COMMENT ON TABLE receipt IS 'receipts: the proof of one payment or refund, or that a refund came back; append-only';
CREATE INDEX receipt_fence ON receipt USING brin (fence) WITH (autosummarize = on);

CREATE TABLE cover (
    bucket smallint NOT NULL,
    subscription_id uuid NOT NULL,
    component text NOT NULL,
    starts_at timestamptz NOT NULL,
    customer_id uuid NOT NULL,
    family text NOT NULL,
    ends_at timestamptz NOT NULL,
    paid_until timestamptz NOT NULL,
    reason text NOT NULL,
    invoice_id uuid NOT NULL,
    CONSTRAINT cover_pk PRIMARY KEY (invoice_id, bucket, component, starts_at),
    CONSTRAINT cover_period CHECK (starts_at <= ends_at AND ends_at <= paid_until),
    CONSTRAINT cover_reason CHECK (reason IN ('paid', 'trial', 'grace', 'comp'))
);
COMMENT ON TABLE cover IS 'entitlements: what a customer may use, from when to when, and why';
CREATE UNIQUE INDEX cover_once ON cover (
    (((starts_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5), bucket, subscription_id,
    component, starts_at);

-- outbox -------------------------------------------------------------------------------------

CREATE TABLE event (
    id uuid NOT NULL,
    bucket smallint NOT NULL,
    aggregate_id uuid NOT NULL,
    seq integer NOT NULL,
    kind text NOT NULL,
    customer_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    relayed_at timestamptz,
    body jsonb,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT event_pk PRIMARY KEY (id, bucket),
    CONSTRAINT event_seq CHECK (seq >= 1)
);
COMMENT ON TABLE event IS 'outbox: what happened, dense per aggregate';
CREATE INDEX event_of_aggregate ON event (aggregate_id, bucket, seq);
CREATE INDEX event_fence ON event USING brin (fence) WITH (autosummarize = on);
CREATE INDEX event_unrelayed ON event (bucket, id) WHERE relayed_at IS NULL;

-- mail ---------------------------------------------------------------------------------------

CREATE TABLE mail (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    occasion integer NOT NULL,
    sequence smallint NOT NULL,
    customer_id uuid NOT NULL,
    told jsonb,
    occurred_at timestamptz NOT NULL,
    written_at timestamptz NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    reason text,
    tries smallint NOT NULL,
    due_at timestamptz,
    ended_at timestamptz,
    language text,
    facts jsonb,
    address_sealed bytea,
    CONSTRAINT mail_pk PRIMARY KEY (id, bucket),
    CONSTRAINT mail_once UNIQUE (subject_id, bucket, kind, occasion, sequence),
    CONSTRAINT mail_sequence CHECK (sequence >= 1 AND occasion >= 1),
    CONSTRAINT mail_state CHECK (
        state IN ('waiting', 'sending', 'sent', 'shown', 'unknown', 'bounced', 'failed', 'skipped')),
    CONSTRAINT mail_due CHECK ((state IN ('waiting', 'sending')) = (due_at IS NOT NULL)),
    CONSTRAINT mail_ended CHECK ((due_at IS NULL) = (ended_at IS NOT NULL)),
    CONSTRAINT mail_reason CHECK (
        state IN ('waiting', 'sending', 'sent', 'shown') OR reason IS NOT NULL),
    CONSTRAINT mail_tries CHECK (tries >= 0)
);
CREATE INDEX mail_due_at ON mail (bucket, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_of_customer ON mail (
    (((occurred_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5), bucket, customer_id);
CREATE INDEX mail_unsent ON mail (state, id) WHERE state IN ('unknown', 'bounced', 'failed');
COMMENT ON TABLE mail IS 'mail: what a customer is written, once for each fact; bodies are rendered, not kept';

CREATE TABLE mail_block (
    bucket smallint NOT NULL,
    customer_id uuid NOT NULL,
    address_hash bytea NOT NULL,
    reason text NOT NULL,
    blocked_at timestamptz NOT NULL,
    CONSTRAINT mail_block_pk PRIMARY KEY (customer_id, bucket),
    CONSTRAINT mail_block_hash CHECK (octet_length(address_hash) = 32)
);
COMMENT ON TABLE mail_block IS 'mail: an address that a server refused for good; nothing is sent there any more';

-- bulk ---------------------------------------------------------------------------------------

CREATE TABLE bulk_job (
    id uuid NOT NULL,
    kind text NOT NULL,
    chosen text NOT NULL,
    as_of timestamptz NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    is_large boolean NOT NULL,
    started_by text,
    started_at timestamptz,
    paused_at timestamptz,
    canceled_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT bulk_job_pk PRIMARY KEY (id),
    CONSTRAINT bulk_job_kind CHECK (kind IN ('charge_invoices', 'cancel_subscriptions')),
    CONSTRAINT bulk_job_started CHECK ((started_by IS NULL) = (started_at IS NULL)),
    CONSTRAINT bulk_job_four_eyes CHECK (
        started_by IS NULL OR NOT is_large
        OR lower(btrim(started_by)) <> lower(btrim(asked_by))),
    CONSTRAINT bulk_job_ended CHECK (
        ended_at IS NULL OR started_at IS NOT NULL AND canceled_at IS NULL),
    CONSTRAINT bulk_job_paused CHECK (paused_at IS NULL OR started_at IS NOT NULL)
);
COMMENT ON TABLE bulk_job IS 'bulk: one act on many objects, as they were chosen';
CREATE INDEX bulk_job_running ON bulk_job (id)
    WHERE started_at IS NOT NULL AND paused_at IS NULL AND canceled_at IS NULL AND ended_at IS NULL;

CREATE TABLE bulk_row (
    job_id uuid NOT NULL,
    no integer NOT NULL,
    subject_id uuid NOT NULL,
    customer_id uuid,
    amount_minor bigint,
    currency text,
    outcome text,
    reason text NOT NULL,
    ended_at timestamptz,
    CONSTRAINT bulk_row_pk PRIMARY KEY (job_id, no),
    CONSTRAINT bulk_row_once UNIQUE (job_id, subject_id),
    CONSTRAINT bulk_row_job FOREIGN KEY (job_id) REFERENCES bulk_job (id),
    CONSTRAINT bulk_row_amount CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT bulk_row_outcome CHECK (outcome IN ('excluded', 'done', 'refused')),
    CONSTRAINT bulk_row_ended CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
COMMENT ON TABLE bulk_row IS 'bulk: an object of a job, and how it ended';
CREATE INDEX bulk_row_waiting ON bulk_row (job_id, no) WHERE outcome IS NULL;

-- access -------------------------------------------------------------------------------------

CREATE TABLE api_key (
    id text NOT NULL,
    principal text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    used_on date,
    CONSTRAINT api_key_pk PRIMARY KEY (id),
    CONSTRAINT api_key_no_person CHECK (left(principal, 4) <> 'per_'),
    CONSTRAINT api_key_scopes CHECK ('read' = ANY (scopes) AND scopes <@ '{read, write}'::text[]),
    CONSTRAINT api_key_expiry CHECK (expires_at > created_at)
);
COMMENT ON TABLE api_key IS 'access: who may call the API, what they may do and until when';

CREATE TABLE person (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT person_pk PRIMARY KEY (id),
    CONSTRAINT person_one_email UNIQUE (email),
    CONSTRAINT person_email CHECK (email = lower(btrim(email)) AND email LIKE '_%@_%'),
    CONSTRAINT person_role CHECK (role IN (
        'owner', 'admin', 'finance', 'support_lead', 'support', 'developer', 'auditor'))
);
COMMENT ON TABLE person IS 'access: who works at the console, and as what';

CREATE TABLE amount_limit (
    role text NOT NULL,
    currency text NOT NULL,
    limit_minor bigint NOT NULL,
    CONSTRAINT amount_limit_pk PRIMARY KEY (role, currency),
    CONSTRAINT amount_limit_role CHECK (role IN (
        'owner', 'admin', 'finance', 'support_lead', 'support', 'developer', 'auditor')),
    CONSTRAINT amount_limit_minor CHECK (limit_minor >= 0)
);
COMMENT ON TABLE amount_limit IS
    'access: how much a role may give back at once, where it is not the usual';

CREATE TABLE sign_in_link (
    secret_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT sign_in_link_pk PRIMARY KEY (secret_hash),
    CONSTRAINT sign_in_link_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT sign_in_link_hash CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT sign_in_link_expiry CHECK (
        expires_at > created_at AND expires_at <= created_at + interval '1 day'),
    CONSTRAINT sign_in_link_used CHECK (used_at >= created_at AND used_at < expires_at)
);
COMMENT ON TABLE sign_in_link IS 'access: links that open the console once; of each only a hash';

CREATE TABLE person_session (
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    way text NOT NULL,
    link_hash bytea,
    person_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT person_session_pk PRIMARY KEY (id),
    CONSTRAINT person_session_secret UNIQUE (secret_hash),
    CONSTRAINT person_session_once UNIQUE (link_hash),
    CONSTRAINT person_session_link FOREIGN KEY (link_hash) REFERENCES sign_in_link (secret_hash),
    CONSTRAINT person_session_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT person_session_way CHECK (way IN ('link', 'password', 'provider')),
    CONSTRAINT person_session_by_link CHECK ((way = 'link') = (link_hash IS NOT NULL)),
    CONSTRAINT person_session_hash CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT person_session_expiry CHECK (
        expires_at > started_at AND expires_at <= started_at + interval '12 hours'),
    CONSTRAINT person_session_seen CHECK (seen_at BETWEEN started_at AND expires_at)
);
COMMENT ON TABLE person_session IS 'access: who is signed in; of what they show only a hash';
CREATE INDEX person_session_of_person ON person_session (person_id, started_at);

CREATE TABLE person_password (
    person_id uuid NOT NULL,
    hash text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT person_password_pk PRIMARY KEY (person_id),
    CONSTRAINT person_password_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT person_password_hash CHECK (hash LIKE '$argon2id$v=19$%')
);
COMMENT ON TABLE person_password IS 'access: slow hashes of passwords, for people who chose one';

CREATE TABLE person_identity (
    person_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    bound_at timestamptz NOT NULL,
    CONSTRAINT person_identity_pk PRIMARY KEY (person_id, issuer),
    CONSTRAINT person_identity_once UNIQUE (issuer, subject),
    CONSTRAINT person_identity_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT person_identity_said CHECK (issuer <> '' AND subject <> '')
);
COMMENT ON TABLE person_identity IS 'access: as whom an identity provider knows a person';

CREATE TABLE sign_in_state (
    state_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT sign_in_state_pk PRIMARY KEY (state_hash),
    CONSTRAINT sign_in_state_hash CHECK (
        octet_length(state_hash) = 32 AND octet_length(browser_hash) = 32),
    CONSTRAINT sign_in_state_expiry CHECK (
        expires_at > created_at AND expires_at <= created_at + interval '10 minutes'),
    CONSTRAINT sign_in_state_used CHECK (used_at >= created_at AND used_at < expires_at)
);
COMMENT ON TABLE sign_in_state IS
    'access: browsers on their way to an identity provider and back, once; only hashes';
CREATE INDEX sign_in_state_created ON sign_in_state (created_at);

CREATE TABLE saved_filter (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    path text NOT NULL,
    query text NOT NULL,
    name text NOT NULL,
    shared_with text,
    created_at timestamptz NOT NULL,
    CONSTRAINT saved_filter_pk PRIMARY KEY (id),
    CONSTRAINT saved_filter_once UNIQUE (person_id, path, name),
    CONSTRAINT saved_filter_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT saved_filter_name CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 60),
    CONSTRAINT saved_filter_path CHECK (path LIKE '/console/%'),
    CONSTRAINT saved_filter_shared_with CHECK (shared_with IN (
        'owner', 'admin', 'finance', 'support_lead', 'support', 'developer', 'auditor'))
);
COMMENT ON TABLE saved_filter IS 'access: what people look at again and again, and who with them';
CREATE INDEX saved_filter_shared ON saved_filter (shared_with) WHERE shared_with IS NOT NULL;

CREATE TABLE sign_in_count (
    key_hash bytea NOT NULL,
    tries integer NOT NULL,
    began_at timestamptz NOT NULL,
    known_at timestamptz,
    CONSTRAINT sign_in_count_pk PRIMARY KEY (key_hash),
    CONSTRAINT sign_in_count_hash CHECK (octet_length(key_hash) = 32),
    CONSTRAINT sign_in_count_tries CHECK (tries >= 0)
);
COMMENT ON TABLE sign_in_count IS
    'access: tries of passwords in a quarter of an hour, by keyed hashes of who and from where';
CREATE INDEX sign_in_count_began ON sign_in_count (began_at);

-- Ids only, no words and no names: an erasure has nothing to delete here.
CREATE TABLE audit_entry (
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
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT audit_entry_pk PRIMARY KEY (id),
    CONSTRAINT audit_entry_said CHECK (actor <> '' AND act <> '' AND route <> ''),
    CONSTRAINT audit_entry_object CHECK ((object_kind IS NULL) = (object_id IS NULL))
);
COMMENT ON TABLE audit_entry IS 'access: what each person did, through which route; append-only';
CREATE UNIQUE INDEX audit_entry_key ON audit_entry (actor, key) WHERE key IS NOT NULL;
CREATE INDEX audit_entry_of_customer ON audit_entry (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX audit_entry_of_object ON audit_entry (object_id, id) WHERE object_id IS NOT NULL;
CREATE INDEX audit_entry_fence ON audit_entry USING brin (fence) WITH (autosummarize = on);

CREATE TABLE idempotency_key (
    bucket smallint NOT NULL,
    principal text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    state text NOT NULL,
    subject_id uuid,
    status smallint,
    body bytea,
    customer_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_key_pk PRIMARY KEY (principal, key, bucket),
    CONSTRAINT idempotency_key_state CHECK (state IN ('waiting', 'finished')),
    CONSTRAINT idempotency_key_subject CHECK (state = 'finished' OR subject_id IS NOT NULL),
    CONSTRAINT idempotency_key_answer CHECK ((state = 'finished') = (status IS NOT NULL)),
    CONSTRAINT idempotency_key_body CHECK (
        (body IS NULL OR status IS NOT NULL)
        AND (status IS NULL OR body IS NOT NULL OR customer_id IS NOT NULL))
);
COMMENT ON TABLE idempotency_key IS
    'access: what a caller already asked for, and the answer until its customer is erased';
CREATE INDEX idempotency_key_of_customer ON idempotency_key (customer_id)
    WHERE customer_id IS NOT NULL;
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE TABLE portal_session (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    leads_to text NOT NULL,
    link_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    link_expires_at timestamptz NOT NULL,
    cookie_hash bytea,
    opened_at timestamptz,
    seen_at timestamptz,
    closed_at timestamptz,
    CONSTRAINT portal_session_pk PRIMARY KEY (id, bucket),
    CONSTRAINT portal_session_customer FOREIGN KEY (customer_id, bucket)
        REFERENCES customer (id, bucket),
    CONSTRAINT portal_session_leads CHECK (
        leads_to IN ('home', 'pay', 'update_method', 'change', 'cancel')),
    CONSTRAINT portal_session_link CHECK (link_expires_at > created_at),
    CONSTRAINT portal_session_opened CHECK (
        (opened_at IS NULL) = (cookie_hash IS NULL) AND (opened_at IS NULL) = (seen_at IS NULL)),
    CONSTRAINT portal_session_in_time CHECK (opened_at < link_expires_at AND seen_at >= opened_at)
);
COMMENT ON TABLE portal_session IS
    'access: a link into the portal, and the session that it was used for';
CREATE INDEX portal_session_age ON portal_session (created_at);

CREATE TABLE customer_note (
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    author text NOT NULL,
    said_sealed bytea NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT customer_note_pk PRIMARY KEY (id, bucket),
    CONSTRAINT customer_note_customer FOREIGN KEY (customer_id, bucket)
        REFERENCES customer (id, bucket),
    CONSTRAINT customer_note_author CHECK (author <> '')
);
COMMENT ON TABLE customer_note IS
    'customers: what a colleague wrote about a customer, under the customer''s key';
CREATE INDEX customer_note_of_customer ON customer_note (customer_id, written_at);

-- Found by its hash wherever its owner lives: lookup_bucket says where to look, bucket whose it is.
CREATE TABLE global_key (
    lookup_bucket smallint NOT NULL,
    kind text NOT NULL,
    key_hash bytea NOT NULL,
    bucket smallint NOT NULL,
    owner_id uuid,
    CONSTRAINT global_key_pk PRIMARY KEY (lookup_bucket, kind, key_hash),
    CONSTRAINT global_key_hash CHECK (octet_length(key_hash) = 32),
    CONSTRAINT global_key_kind CHECK (kind IN ('idempotency', 'payment_token', 'external_id')),
    CONSTRAINT global_key_lookup CHECK (
        lookup_bucket = get_byte(key_hash, 0) * 16 + get_byte(key_hash, 1) / 16),
    CONSTRAINT global_key_owner CHECK (kind = 'idempotency' OR owner_id IS NOT NULL)
);
COMMENT ON TABLE global_key IS 'access: what is unique across all customers, and whose it is';

-- jobs ---------------------------------------------------------------------------------------

CREATE TABLE sandbox_instruction (
    id uuid NOT NULL,
    kind text NOT NULL,
    until timestamptz NOT NULL,
    psp_account text,
    asked_by text NOT NULL,
    asked_from timestamptz NOT NULL,
    state text NOT NULL,
    reached timestamptz,
    invoiced bigint NOT NULL DEFAULT 0,
    paid bigint NOT NULL DEFAULT 0,
    said text NOT NULL DEFAULT '',
    seen_at timestamptz,
    CONSTRAINT sandbox_instruction_pk PRIMARY KEY (id),
    CONSTRAINT sandbox_instruction_kind CHECK (
        (kind = 'advance' AND psp_account IS NULL) OR (kind = 'outage' AND psp_account IS NOT NULL)),
    CONSTRAINT sandbox_instruction_state CHECK (state IN ('asked', 'running', 'done', 'failed')),
    CONSTRAINT sandbox_instruction_forward CHECK (until > asked_from)
);
COMMENT ON TABLE sandbox_instruction IS
    'sandbox: what people ask of its clock and providers, and how far that is';
CREATE UNIQUE INDEX sandbox_instruction_open ON sandbox_instruction ((state IN ('asked', 'running')))
    WHERE state IN ('asked', 'running');

CREATE TABLE lease (
    job text NOT NULL,
    bucket_from smallint NOT NULL,
    bucket_to smallint NOT NULL,
    token uuid,
    holder text,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT lease_pk PRIMARY KEY (job, bucket_from),
    CONSTRAINT lease_range CHECK (0 <= bucket_from AND bucket_from < bucket_to AND bucket_to <= 4096)
);
COMMENT ON TABLE lease IS 'jobs: which worker holds which bucket range, fenced by its token';

-- state tables that are mirrored row by row -----------------------------------------------------

INSERT INTO transition (machine, before, event, after) VALUES
    ('refund', '-', 'created', 'requested'),
    ('refund', 'requested', 'sent', 'sent'),
    ('refund', 'sent', 'postponed', 'requested'),
    ('refund', 'requested', 'confirmed', 'succeeded'),
    ('refund', 'requested', 'pending', 'sent'),
    ('refund', 'requested', 'declined', 'failed'),
    ('refund', 'requested', 'proven_absent', 'failed'),
    ('refund', 'sent', 'sent', 'sent'),
    ('refund', 'sent', 'pending', 'sent'),
    ('refund', 'sent', 'answer_lost', 'unknown'),
    ('refund', 'sent', 'confirmed', 'succeeded'),
    ('refund', 'sent', 'declined', 'failed'),
    ('refund', 'sent', 'proven_absent', 'failed'),
    ('refund', 'unknown', 'sent', 'unknown'),
    ('refund', 'unknown', 'pending', 'sent'),
    ('refund', 'unknown', 'answer_lost', 'unknown'),
    ('refund', 'unknown', 'confirmed', 'succeeded'),
    ('refund', 'unknown', 'declined', 'failed'),
    ('refund', 'unknown', 'proven_absent', 'failed'),
    ('refund', 'succeeded', 'reversed', 'reversed'),
    ('dispute_evidence', '-', 'created', 'sent'),
    ('dispute_evidence', 'sent', 'sent', 'sent'),
    ('dispute_evidence', 'sent', 'answer_lost', 'unknown'),
    ('dispute_evidence', 'sent', 'confirmed', 'accepted'),
    ('dispute_evidence', 'sent', 'declined', 'refused'),
    ('dispute_evidence', 'sent', 'proven_absent', 'not_executed'),
    ('dispute_evidence', 'sent', 'overtaken', 'lapsed'),
    ('dispute_evidence', 'unknown', 'sent', 'unknown'),
    ('dispute_evidence', 'unknown', 'answer_lost', 'unknown'),
    ('dispute_evidence', 'unknown', 'confirmed', 'accepted'),
    ('dispute_evidence', 'unknown', 'declined', 'refused'),
    ('dispute_evidence', 'unknown', 'proven_absent', 'not_executed'),
    ('dispute_evidence', 'unknown', 'overtaken', 'lapsed'),
    ('dispute', '-', 'created', 'warning'),
    ('dispute', 'warning', 'warned', 'warning'),
    ('dispute', 'warning', 'opened', 'needs_response'),
    ('dispute', 'warning', 'submitted', 'under_review'),
    ('dispute', 'warning', 'accepted', 'accepted'),
    ('dispute', 'warning', 'withdrawn', 'withdrawn'),
    ('dispute', 'warning', 'won', 'won'),
    ('dispute', 'warning', 'lost', 'lost'),
    ('dispute', 'needs_response', 'opened', 'needs_response'),
    ('dispute', 'needs_response', 'submitted', 'under_review'),
    ('dispute', 'needs_response', 'accepted', 'accepted'),
    ('dispute', 'needs_response', 'expired', 'expired'),
    ('dispute', 'needs_response', 'withdrawn', 'withdrawn'),
    ('dispute', 'needs_response', 'won', 'won'),
    ('dispute', 'needs_response', 'lost', 'lost'),
    ('dispute', 'under_review', 'opened', 'under_review'),
    ('dispute', 'under_review', 'submitted', 'under_review'),
    ('dispute', 'under_review', 'withdrawn', 'withdrawn'),
    ('dispute', 'under_review', 'won', 'won'),
    ('dispute', 'under_review', 'lost', 'lost'),
    ('dispute', 'expired', 'submitted', 'under_review'),
    ('dispute', 'expired', 'withdrawn', 'withdrawn'),
    ('dispute', 'expired', 'won', 'won'),
    ('dispute', 'expired', 'lost', 'lost'),
    ('dispute', 'accepted', 'withdrawn', 'withdrawn'),
    ('dispute', 'accepted', 'won', 'won'),
    ('dispute', 'accepted', 'lost', 'lost'),
    ('dispute', 'lost', 'withdrawn', 'withdrawn'),
    ('dispute', 'lost', 'won', 'won'),
    ('dispute', 'won', 'opened', 'needs_response'),
    ('dispute', 'won', 'warned', 'warning'),
    ('dispute', 'expired', 'accepted', 'accepted'),
    ('dispute', 'won', 'lost', 'lost');

INSERT INTO transition (machine, before, event, after) VALUES
    ('mandate', '-', 'created', 'unknown'),
    ('mandate', 'active', 'activated', 'active'),
    ('mandate', 'active', 'canceled', 'canceled'),
    ('mandate', 'active', 'expired', 'expired'),
    ('mandate', 'active', 'failed', 'failed'),
    ('mandate', 'active', 'lapsed', 'expired'),
    ('mandate', 'active', 'paused', 'paused'),
    ('mandate', 'active', 'reinstated', 'active'),
    ('mandate', 'active', 'replaced', 'replaced'),
    ('mandate', 'active', 'seen_active', 'active'),
    ('mandate', 'active', 'seen_canceled', 'canceled'),
    ('mandate', 'active', 'seen_expired', 'expired'),
    ('mandate', 'active', 'seen_failed', 'failed'),
    ('mandate', 'active', 'seen_paused', 'paused'),
    ('mandate', 'active', 'seen_pending', 'pending'),
    ('mandate', 'active', 'submitted', 'pending'),
    ('mandate', 'active', 'transferred', 'active'),
    ('mandate', 'canceled', 'reinstated', 'active'),
    ('mandate', 'canceled', 'replaced', 'replaced'),
    ('mandate', 'canceled', 'seen_active', 'active'),
    ('mandate', 'canceled', 'seen_canceled', 'canceled'),
    ('mandate', 'canceled', 'seen_expired', 'expired'),
    ('mandate', 'canceled', 'seen_failed', 'failed'),
    ('mandate', 'canceled', 'seen_paused', 'paused'),
    ('mandate', 'canceled', 'seen_pending', 'pending'),
    ('mandate', 'expired', 'canceled', 'canceled'),
    ('mandate', 'expired', 'reinstated', 'active'),
    ('mandate', 'expired', 'replaced', 'replaced'),
    ('mandate', 'expired', 'seen_active', 'active'),
    ('mandate', 'expired', 'seen_canceled', 'canceled'),
    ('mandate', 'expired', 'seen_expired', 'expired'),
    ('mandate', 'expired', 'seen_failed', 'failed'),
    ('mandate', 'expired', 'seen_paused', 'paused'),
    ('mandate', 'expired', 'seen_pending', 'pending'),
    ('mandate', 'failed', 'canceled', 'canceled'),
    ('mandate', 'failed', 'reinstated', 'active'),
    ('mandate', 'failed', 'replaced', 'replaced'),
    ('mandate', 'failed', 'seen_active', 'active'),
    ('mandate', 'failed', 'seen_canceled', 'canceled'),
    ('mandate', 'failed', 'seen_expired', 'expired'),
    ('mandate', 'failed', 'seen_failed', 'failed'),
    ('mandate', 'failed', 'seen_paused', 'paused'),
    ('mandate', 'failed', 'seen_pending', 'pending'),
    ('mandate', 'paused', 'activated', 'active'),
    ('mandate', 'paused', 'canceled', 'canceled'),
    ('mandate', 'paused', 'expired', 'expired'),
    ('mandate', 'paused', 'failed', 'failed'),
    ('mandate', 'paused', 'lapsed', 'expired'),
    ('mandate', 'paused', 'paused', 'paused'),
    ('mandate', 'paused', 'reinstated', 'active'),
    ('mandate', 'paused', 'replaced', 'replaced'),
    ('mandate', 'paused', 'seen_active', 'active'),
    ('mandate', 'paused', 'seen_canceled', 'canceled'),
    ('mandate', 'paused', 'seen_expired', 'expired'),
    ('mandate', 'paused', 'seen_failed', 'failed'),
    ('mandate', 'paused', 'seen_paused', 'paused'),
    ('mandate', 'paused', 'seen_pending', 'pending'),
    ('mandate', 'paused', 'submitted', 'pending'),
    ('mandate', 'paused', 'transferred', 'paused'),
    ('mandate', 'pending', 'activated', 'active'),
    ('mandate', 'pending', 'canceled', 'canceled'),
    ('mandate', 'pending', 'created', 'pending'),
    ('mandate', 'pending', 'expired', 'expired'),
    ('mandate', 'pending', 'failed', 'failed'),
    ('mandate', 'pending', 'lapsed', 'expired'),
    ('mandate', 'pending', 'paused', 'paused'),
    ('mandate', 'pending', 'reinstated', 'active'),
    ('mandate', 'pending', 'replaced', 'replaced'),
    ('mandate', 'pending', 'seen_active', 'active'),
    ('mandate', 'pending', 'seen_canceled', 'canceled'),
    ('mandate', 'pending', 'seen_expired', 'expired'),
    ('mandate', 'pending', 'seen_failed', 'failed'),
    ('mandate', 'pending', 'seen_paused', 'paused'),
    ('mandate', 'pending', 'seen_pending', 'pending'),
    ('mandate', 'pending', 'submitted', 'pending'),
    ('mandate', 'pending', 'transferred', 'pending'),
    ('mandate', 'unknown', 'activated', 'active'),
    ('mandate', 'unknown', 'canceled', 'canceled'),
    ('mandate', 'unknown', 'created', 'pending'),
    ('mandate', 'unknown', 'expired', 'expired'),
    ('mandate', 'unknown', 'failed', 'failed'),
    ('mandate', 'unknown', 'lapsed', 'expired'),
    ('mandate', 'unknown', 'paused', 'paused'),
    ('mandate', 'unknown', 'reinstated', 'active'),
    ('mandate', 'unknown', 'replaced', 'replaced'),
    ('mandate', 'unknown', 'seen_active', 'active'),
    ('mandate', 'unknown', 'seen_canceled', 'canceled'),
    ('mandate', 'unknown', 'seen_expired', 'expired'),
    ('mandate', 'unknown', 'seen_failed', 'failed'),
    ('mandate', 'unknown', 'seen_paused', 'paused'),
    ('mandate', 'unknown', 'seen_pending', 'pending'),
    ('mandate', 'unknown', 'submitted', 'pending'),
    ('mandate', 'unknown', 'transferred', 'unknown');

-- second nets: what is append-only refuses UPDATE and DELETE even from the owner --------

CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% is append-only or this column is frozen', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER person_kept BEFORE DELETE ON person
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON transfer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER recognition_append_only BEFORE UPDATE OR DELETE ON recognition
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dataset_release_append_only BEFORE UPDATE OR DELETE ON dataset_release
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dataset_close_append_only BEFORE UPDATE OR DELETE ON dataset_close
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dataset_retired_release_append_only BEFORE UPDATE OR DELETE ON dataset_retired_release
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dataset_retired_interval_append_only BEFORE UPDATE OR DELETE ON dataset_retired_interval
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dataset_run_append_only BEFORE UPDATE OR DELETE ON dataset_run
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dataset_interval_append_only BEFORE UPDATE OR DELETE ON dataset_interval
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_line_append_only BEFORE UPDATE OR DELETE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_note_append_only BEFORE UPDATE OR DELETE ON credit_note
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER line_credit_append_only BEFORE UPDATE OR DELETE ON line_credit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER allocation_append_only BEFORE UPDATE OR DELETE ON allocation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subscription_item_ends_earlier BEFORE UPDATE ON subscription_item FOR EACH ROW
    WHEN ((OLD.component, OLD.plan_code, OLD.phase_no, OLD.price_id, OLD.quantity, OLD.starts_on)
          IS DISTINCT FROM
          (NEW.component, NEW.plan_code, NEW.phase_no, NEW.price_id, NEW.quantity, NEW.starts_on)
          OR coalesce(NEW.ends_on, 'infinity') > coalesce(OLD.ends_on, 'infinity'))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_key_append_only BEFORE UPDATE OR DELETE ON retention_key
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_body_append_only BEFORE UPDATE OR DELETE ON document_body
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER catalog_part_append_only BEFORE UPDATE OR DELETE ON catalog_part
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER catalog_release_append_only BEFORE UPDATE OR DELETE ON catalog_release
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_number_append_only BEFORE UPDATE OR DELETE ON document_number
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER routing_policy_append_only BEFORE UPDATE OR DELETE ON routing_policy
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER model_switch_append_only BEFORE UPDATE OR DELETE ON model_switch
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER customer_note_frozen BEFORE UPDATE ON customer_note
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER router_snapshot_frozen BEFORE UPDATE ON router_snapshot
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retry_model_append_only BEFORE UPDATE OR DELETE ON retry_model
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER market_text_append_only BEFORE UPDATE OR DELETE ON market_text
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER collection_policy_append_only BEFORE UPDATE OR DELETE ON collection_policy
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retry_plan_append_only BEFORE UPDATE OR DELETE ON retry_plan
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER price_append_only BEFORE UPDATE OR DELETE ON price
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subscription_event_append_only BEFORE UPDATE OR DELETE ON subscription_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER customer_version_append_only BEFORE UPDATE OR DELETE ON customer_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_append_only BEFORE UPDATE OR DELETE ON agreement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_authentication_append_only BEFORE UPDATE OR DELETE
    ON attempt_authentication FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_evidence_append_only BEFORE UPDATE OR DELETE ON attempt_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_fact_append_only BEFORE UPDATE OR DELETE ON dispute_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_evidence_kept BEFORE DELETE ON dispute_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_draw_append_only BEFORE UPDATE OR DELETE ON dispute_draw
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER mandate_fact_append_only BEFORE UPDATE OR DELETE ON mandate_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER debit_notice_append_only BEFORE UPDATE OR DELETE ON debit_notice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_kept BEFORE DELETE ON dispute
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipt_append_only BEFORE UPDATE OR DELETE ON receipt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice FOR EACH ROW
    WHEN ((OLD.customer_id, OLD.customer_version, OLD.subscription_id, OLD.seller_code, OLD.market_code, OLD.currency,
           OLD.cause, OLD.net_minor, OLD.tax_minor, OLD.total_minor, OLD.due_on,
           OLD.issued_on, OLD.issued_at, OLD.series_id, OLD.release_no, OLD.bill_run_id)
          IS DISTINCT FROM
          (NEW.customer_id, NEW.customer_version, NEW.subscription_id, NEW.seller_code, NEW.market_code, NEW.currency,
           NEW.cause, NEW.net_minor, NEW.tax_minor, NEW.total_minor, NEW.due_on,
           NEW.issued_on, NEW.issued_at, NEW.series_id, NEW.release_no, NEW.bill_run_id))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_frozen BEFORE UPDATE ON payment FOR EACH ROW
    WHEN ((OLD.invoice_id, OLD.purpose, OLD.customer_id, OLD.subscription_id, OLD.seller_code,
           OLD.currency, OLD.amount_minor, OLD.created_at)
          IS DISTINCT FROM
          (NEW.invoice_id, NEW.purpose, NEW.customer_id, NEW.subscription_id, NEW.seller_code,
           NEW.currency, NEW.amount_minor, NEW.created_at))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_frozen BEFORE UPDATE ON attempt FOR EACH ROW
    WHEN ((OLD.payment_id, OLD.ordinal, OLD.psp_account, OLD.currency, OLD.amount_minor,
           OLD.initiator, OLD.sent_at, OLD.request_digest, OLD.adopted_from, OLD.decision_id,
           OLD.challenge, OLD.mandate_id, OLD.notice_no, OLD.due_on)
          IS DISTINCT FROM
          (NEW.payment_id, NEW.ordinal, NEW.psp_account, NEW.currency, NEW.amount_minor,
           NEW.initiator, NEW.sent_at, NEW.request_digest, NEW.adopted_from, NEW.decision_id,
           NEW.challenge, NEW.mandate_id, NEW.notice_no, NEW.due_on)
          OR (OLD.return_url IS DISTINCT FROM NEW.return_url AND NEW.evidence_no IS NULL)
          OR (OLD.psp_token <> NEW.psp_token AND (OLD.evidence_no IS NULL OR NEW.psp_token <> ''))
          OR (OLD.evidence_no IS NOT NULL
              AND (NEW.psp_token <> ''
                   OR to_jsonb(OLD) - 'psp_token' <> to_jsonb(NEW) - 'psp_token')))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_setup_frozen BEFORE UPDATE ON payment_setup FOR EACH ROW
    WHEN ((OLD.customer_id, OLD.psp_account, OLD.currency, OLD.request_digest, OLD.challenge,
           OLD.makes_default, OLD.sent_at, OLD.expires_at)
          IS DISTINCT FROM
          (NEW.customer_id, NEW.psp_account, NEW.currency, NEW.request_digest, NEW.challenge,
           NEW.makes_default, NEW.sent_at, NEW.expires_at)
          OR (OLD.return_url IS DISTINCT FROM NEW.return_url AND NEW.evidence IS NULL)
          OR (OLD.data_sealed IS DISTINCT FROM NEW.data_sealed AND NEW.evidence IS NULL)
          OR (OLD.psp_token IS DISTINCT FROM NEW.psp_token
              AND (OLD.evidence IS NULL OR NEW.psp_token IS NOT NULL))
          OR (OLD.evidence IS NOT NULL
              AND to_jsonb(OLD) - 'psp_token' <> to_jsonb(NEW) - 'psp_token'))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_setup_kept BEFORE DELETE ON payment_setup
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_proposal_frozen BEFORE UPDATE ON evidence_proposal FOR EACH ROW
    WHEN ((OLD.subject_id, OLD.kind, OLD.outcome, OLD.psp_ref, OLD.file_sha256, OLD.proposed_by,
           OLD.proposed_at)
          IS DISTINCT FROM
          (NEW.subject_id, NEW.kind, NEW.outcome, NEW.psp_ref, NEW.file_sha256, NEW.proposed_by,
           NEW.proposed_at)
          OR (OLD.note <> NEW.note AND NEW.note <> '')
          OR (OLD.ended_at IS NOT NULL AND to_jsonb(OLD) - 'note' <> to_jsonb(NEW) - 'note'))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_proposal_frozen BEFORE UPDATE ON refund_proposal FOR EACH ROW
    WHEN ((OLD.payment_id, OLD.gives, OLD.currency, OLD.amount_minor, OLD.proposed_by,
           OLD.proposed_at, OLD.expires_at)
          IS DISTINCT FROM
          (NEW.payment_id, NEW.gives, NEW.currency, NEW.amount_minor, NEW.proposed_by,
           NEW.proposed_at, NEW.expires_at)
          OR (OLD.reason <> NEW.reason AND NEW.reason <> '')
          OR (OLD.ended_at IS NOT NULL AND to_jsonb(OLD) - 'reason' <> to_jsonb(NEW) - 'reason'))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_proposal_kept BEFORE DELETE ON refund_proposal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER billing_pause_frozen BEFORE UPDATE ON billing_pause FOR EACH ROW
    WHEN ((OLD.id, OLD.paused_by, OLD.reason, OLD.paused_at, OLD.done_before)
          IS DISTINCT FROM (NEW.id, NEW.paused_by, NEW.reason, NEW.paused_at, NEW.done_before)
          OR OLD.resumed_at IS NOT NULL)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER billing_pause_kept BEFORE DELETE ON billing_pause
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlement_line_frozen BEFORE UPDATE ON settlement_line FOR EACH ROW
    WHEN ((OLD.file_id, OLD.line_no, OLD.kind, OLD.reference, OLD.psp_ref, OLD.gross_minor,
           OLD.gross_currency, OLD.fee_minor, OLD.net_minor, OLD.currency, OLD.settled_on)
          IS DISTINCT FROM
          (NEW.file_id, NEW.line_no, NEW.kind, NEW.reference, NEW.psp_ref, NEW.gross_minor,
           NEW.gross_currency, NEW.fee_minor, NEW.net_minor, NEW.currency, NEW.settled_on))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlement_file_kept BEFORE DELETE ON settlement_file
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlement_step_append_only BEFORE UPDATE OR DELETE ON settlement_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_step_append_only BEFORE UPDATE OR DELETE ON payout_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlement_line_kept BEFORE DELETE ON settlement_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_proposal_kept BEFORE DELETE ON evidence_proposal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt FOR EACH ROW EXECUTE FUNCTION refuse_change();
