"""The test suite; a package, so that tests share code by absolute import."""
