"use strict";
// Draws the description of the API. Nothing is loaded from outside, and no token is kept in the browser.
const place = document.getElementById("api");
SwaggerUIBundle({
  url: place.dataset.description,
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
