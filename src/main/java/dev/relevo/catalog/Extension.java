package dev.relevo.catalog;

/** An installed extension. */
public record Extension(String name, String version, String schema) {}
