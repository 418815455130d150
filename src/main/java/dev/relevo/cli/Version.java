package dev.relevo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** {@code relevo --version}: the number Maven gave this build. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        }
        return new String[] {
            "relevo "
                    + properties.getProperty("version", "unknown")
                    + " (Java "
                    + Runtime.version().feature()
                    + ")"
        };
    }
}
