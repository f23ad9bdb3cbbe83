import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.queryparser.classic.ParseException;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Lucene's part in the game. "build FOLDER" makes an index of one segment of the texts on standard
 * input, one a line; "query FOLDER" answers the game's lines, each by a number and the nanoseconds
 * that it took. It is run from its source by the Java launcher (JEP 330).
 */
final class LuceneGame {
    private static final String FIELD = "text";

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (Directory directory = new MMapDirectory(Path.of(arguments[1]))) {
            if (arguments[0].equals("build")) {
                build(directory, lines);
            } else {
                answer(directory, lines);
            }
        }
    }

    private static void build(Directory directory, BufferedReader texts) throws IOException {
        // StandardAnalyzer without an argument has no stop words.
        IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer());
        config.setRAMBufferSizeMB(512);
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            int number = 0;
            for (String text = texts.readLine(); text != null; text = texts.readLine()) {
                Document document = new Document();
                document.add(new StringField("id", Integer.toString(number++), Field.Store.YES));
                document.add(new TextField(FIELD, text, Field.Store.NO));
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
    }

    private static void answer(Directory directory, BufferedReader asked)
            throws IOException, ParseException {
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setQueryCache(null); // the game measures the search, not remembered answers
            QueryParser parser = new QueryParser(FIELD, new StandardAnalyzer());
            for (String line = asked.readLine(); line != null; line = asked.readLine()) {
                int tab = line.indexOf('\t');
                long start = System.nanoTime();
                long number = one(searcher, parser, line.substring(0, tab), line.substring(tab + 1));
                long took = System.nanoTime() - start;
                answers.println(number + " " + took);
                answers.flush();
            }
        }
    }

    private static long one(
            IndexSearcher searcher, QueryParser parser, String command, String text)
            throws IOException, ParseException {
        Query query = parser.parse(text);
        switch (command) {
            case "COUNT":
                return searcher.count(query);
            case "TOP_10":
                best(searcher, query, 10, 10);
                return 1;
            case "TOP_10_COUNT":
                return best(searcher, query, 10, Integer.MAX_VALUE).totalHits.value();
            case "TOP_100_COUNT":
                return best(searcher, query, 100, Integer.MAX_VALUE).totalHits.value();
            default:
                throw new IllegalArgumentException(command);
        }
    }

    /** The best hits. Documents that cannot be among them are counted up to a number. */
    private static TopDocs best(IndexSearcher searcher, Query query, int hits, int counted)
            throws IOException {
        return searcher.search(query, new TopScoreDocCollectorManager(hits, null, counted));
    }
}
