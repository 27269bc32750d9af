-- The function stands in ledger/migrations/0002_guards.sql.
CREATE TRIGGER order_event_insert_only BEFORE UPDATE OR DELETE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('what happened stays written down');
