-- The function stands in ledger/migrations/0002_guards.sql.
CREATE TRIGGER pending_order_event_insert_only BEFORE UPDATE OR DELETE ON orders_pendingorderevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('what happened stays written down');
