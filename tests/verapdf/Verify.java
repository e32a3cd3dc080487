import java.io.FileInputStream;
import java.io.InputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates every file against PDF/A-3a and PDF/UA-1: one line a verdict, exit 1 for a failure. */
public class Verify {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean compliant = true;
        for (String file : files) {
            for (PDFAFlavour flavour : new PDFAFlavour[] {PDFAFlavour.PDFA_3_A, PDFAFlavour.PDFUA_1}) {
                try (InputStream pdf = new FileInputStream(file);
                        PDFAParser parser = Foundries.defaultInstance().createParser(pdf, flavour);
                        PDFAValidator validator =
                                Foundries.defaultInstance().createValidator(flavour, false)) {
                    ValidationResult result = validator.validate(parser);
                    compliant &= result.isCompliant();
                    System.out.println((result.isCompliant() ? "PASS " : "FAIL ")
                            + flavour.getId() + " " + result.getTotalAssertions() + " " + file);
                    for (TestAssertion assertion : result.getTestAssertions()) {
                        if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                            System.out.println("  " + assertion.getRuleId().getClause() + " "
                                    + assertion.getMessage() + " " + assertion.getLocation());
                        }
                    }
                }
            }
        }
        System.exit(compliant ? 0 : 1);
    }
}
