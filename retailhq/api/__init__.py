"""The HTTP API: assembles what each app offers, describes it (OpenAPI), and has the pages of tokens. Stands above the apps."""
