"""A watch in the database: who commits what only the holder of a lease may commit."""

from typing import Final

WATCH: Final = """
    CREATE TABLE unfenced (job text NOT NULL, id uuid NOT NULL, process text NOT NULL);
    CREATE FUNCTION watch_lease() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        process text := current_setting('application_name');
    BEGIN
        IF process LIKE 'jobs-%' AND NOT EXISTS (
            SELECT FROM lease
             WHERE job = TG_ARGV[0] AND bucket_from <= NEW.bucket AND NEW.bucket < bucket_to
               AND holder LIKE '%:' || split_part(process, ':', 2)
               AND expires_at > clock_timestamp())
        THEN
            INSERT INTO unfenced VALUES (TG_ARGV[0], NEW.id, process);
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER watch_lease AFTER INSERT ON attempt DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION watch_lease('collect_due');
    CREATE CONSTRAINT TRIGGER watch_lease AFTER INSERT ON invoice DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.cause = 'renewal') EXECUTE FUNCTION watch_lease('bill_due');
"""
"""Runs at the commit, behind the fence, whose lock keeps the lease as it is until then."""

UNFENCED: Final = "SELECT job, count(*) FROM unfenced GROUP BY job ORDER BY job"

WRITERS: Final = """
    SELECT DISTINCT split_part(application_name, ':', 2) FROM pg_stat_activity
     WHERE application_name LIKE 'jobs-%' AND wait_event = 'PgSleep'"""
"""Workers as they are shipped in the middle of a transaction that was made to take its time."""
