DROP TRIGGER on_hand_keep_reserved ON inventory_onhand;
DROP FUNCTION keep_reserved();
