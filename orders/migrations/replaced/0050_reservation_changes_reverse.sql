DROP TRIGGER reservation_keep_before ON orders_reservation;
DROP FUNCTION keep_reservation();
