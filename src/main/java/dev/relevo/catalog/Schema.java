package dev.relevo.catalog;

/** A schema and the role that owns it. */
public record Schema(String name, String owner) {}
