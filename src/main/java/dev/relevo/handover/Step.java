package dev.relevo.handover;

/**
 * The steps of a handover in their order; {@code docs/handover.md} explains each under the same
 * name.
 */
enum Step {
    WAY_BACK("way back"),
    QUIET("quiet tables"),
    CLOSE("close by privilege"),
    WARM_UP("warm-up"),
    DEAD_MEN("dead-men"),
    CATALOGS("quiet catalogs"),
    GATE("gate"),
    OVERLAP("overlap"),
    READ_ONLY("read-only"),
    STARTING("starting sessions"),
    DRAIN("drain"),
    LOCKS("fence locks"),
    FENCE("fence"),
    BARRIER("barrier"),
    SEQUENCES("sequences"),
    COMMIT_POINT("commit point"),
    OPEN("open"),
    TIDY("tidy up");

    private final String title;

    Step(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
