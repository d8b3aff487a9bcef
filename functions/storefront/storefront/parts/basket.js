const basket = document.getElementById("basket");
function count(items) {
  const units = items.reduce((sum, one) => sum + one.quantity, 0);
  keep("units", units);
  basket.textContent = units ? `Cart (${units})` : "Cart";
}
function itemPath(sku) {
  return "/v1/cart/items/" + encodeURIComponent(sku);
}
basket.textContent = kept("units") ? `Cart (${kept("units")})` : "Cart";
