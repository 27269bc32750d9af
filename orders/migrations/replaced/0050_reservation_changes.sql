-- What was reserved for a line when it was delivered: every change of a reservation keeps what was before.
CREATE FUNCTION keep_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept orders_reservation := COALESCE(OLD, NEW);
BEGIN
    INSERT INTO orders_reservationchange (id, order_line_id, batch_id, ordinal, before, reason)
    VALUES (
        nextval(pg_get_serial_sequence('inventory_inventorytransaction', 'id')), kept.order_line_id, kept.batch_id, kept.ordinal,
        CASE TG_OP WHEN 'INSERT' THEN 0 ELSE kept.quantity END, kept.reason
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER reservation_keep_before AFTER INSERT OR UPDATE OF quantity OR DELETE ON orders_reservation
    FOR EACH ROW EXECUTE FUNCTION keep_reservation();
