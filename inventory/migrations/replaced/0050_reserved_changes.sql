-- Reservations come and go; what was reserved when a line was decided is kept, with keys in the order of movements. Postings that do not
-- touch `reserved` never name the column, so that they pay nothing.
CREATE FUNCTION keep_reserved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_reservedchange (id, on_hand_id, before)
    VALUES (nextval(pg_get_serial_sequence('inventory_inventorytransaction', 'id')), OLD.id, OLD.reserved);
    RETURN NULL;
END
$$;
CREATE TRIGGER on_hand_keep_reserved AFTER UPDATE OF reserved ON inventory_onhand
    FOR EACH ROW WHEN (OLD.reserved IS DISTINCT FROM NEW.reserved) EXECUTE FUNCTION keep_reserved();
