import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPInputStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.facet.FacetsCollector;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.queryparser.classic.MultiFieldQueryParser;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.store.FSDirectory;

/**
 * Lucene for the benchmarks.
 *
 * <p>{@code build INDEX FILE BATCH THREADS} indexes a JSON Lines file, a commit after each batch.
 * {@code search INDEX FIELDS} answers a line on standard input (text, first day, last day and
 * facets, tabs between) by a line of JSON with the nanoseconds that the search took.
 */
public final class Bench {
  /** As EnglishAnalyzer, but no stop words, and the stemmer that the other peers have. */
  private static final Analyzer ANALYZER =
      new Analyzer() {
        @Override
        protected TokenStreamComponents createComponents(String field) {
          Tokenizer tokens = new StandardTokenizer();
          return new TokenStreamComponents(
              tokens,
              new SnowballFilter(
                  new LowerCaseFilter(new EnglishPossessiveFilter(tokens)), "English"));
        }
      };

  private static final String[] KEYWORDS = {"source", "section", "authors"};

  public static void main(String[] args) throws Exception {
    if (args[0].equals("build")) {
      build(args[1], args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
    } else {
      search(args[1], args[2].split(","));
    }
  }

  private static void build(String folder, String file, int batch, int threads) throws Exception {
    IndexWriterConfig config = new IndexWriterConfig(ANALYZER);
    config.setRAMBufferSizeMB(256);
    try (FSDirectory directory = FSDirectory.open(Path.of(folder));
        IndexWriter writer = new IndexWriter(directory, config);
        BufferedReader lines = open(file)) {
      boolean more = true;
      while (more) {
        more = addBatch(writer, lines, batch, threads);
        writer.commit();
      }
    }
  }

  private static boolean addBatch(IndexWriter writer, BufferedReader lines, int batch, int threads)
      throws Exception {
    ArrayBlockingQueue<String> queue = new ArrayBlockingQueue<>(1000);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      running.add(
          pool.submit(
              () -> {
                for (String line = queue.take(); !line.isEmpty(); line = queue.take()) {
                  writer.addDocument(document(new Json(line).object()));
                }
                return null;
              }));
    }
    int count = 0;
    String line = null;
    while (count < batch && (line = lines.readLine()) != null) {
      queue.put(line);
      count++;
    }
    for (int i = 0; i < threads; i++) {
      queue.put("");
    }
    for (Future<?> one : running) {
      one.get();
    }
    pool.shutdown();
    return line != null;
  }

  private static BufferedReader open(String file) throws IOException {
    InputStream in = new GZIPInputStream(new FileInputStream(file), 1 << 16);
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
  }

  private static Document document(Map<String, Object> article) {
    Document made = new Document();
    made.add(new StringField("id", (String) article.get("id"), Field.Store.YES));
    for (String name : new String[] {"title", "body"}) {
      made.add(new TextField(name, (String) article.get(name), Field.Store.YES));
    }
    for (String name : KEYWORDS) {
      Object value = article.get(name);
      List<?> values = value instanceof List<?> many ? many : List.of(value);
      for (Object one : values) {
        if (!((String) one).isEmpty()) {
          made.add(new StringField(name, (String) one, Field.Store.YES));
          made.add(
              new SortedSetDocValuesField(name, new org.apache.lucene.util.BytesRef((String) one)));
        }
      }
    }
    String date = (String) article.get("date");
    if (date.length() >= 10) {
      made.add(new LongField("date", day(date), Field.Store.NO));
      made.add(new StoredField("when", date));
    }
    return made;
  }

  /** The day as a number that reads like the date: 20060102. */
  private static long day(String date) {
    return Long.parseLong(date.substring(0, 10).replace("-", ""));
  }

  private static void search(String folder, String[] fields) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (DirectoryReader reader = DirectoryReader.open(FSDirectory.open(Path.of(folder)))) {
      IndexSearcher searcher = new IndexSearcher(reader);
      searcher.setQueryCache(null);
      QueryParser parser =
          fields.length == 1
              ? new QueryParser(fields[0], ANALYZER)
              : new MultiFieldQueryParser(fields, ANALYZER);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(answer(searcher, parser, line.split("\t", -1)));
      }
    }
  }

  private static String answer(IndexSearcher searcher, QueryParser parser, String[] asked)
      throws Exception {
    long start = System.nanoTime();
    Query query = parser.parse(asked[0]);
    if (asked.length > 2 && !asked[1].isEmpty()) {
      long since = Long.parseLong(asked[1]);
      long until = Long.parseLong(asked[2]);
      query =
          new BooleanQuery.Builder()
              .add(query, BooleanClause.Occur.MUST)
              .add(LongField.newRangeQuery("date", since, until), BooleanClause.Occur.FILTER)
              .build();
    }
    String[] facets = asked.length > 3 && !asked[3].isEmpty() ? asked[3].split(",") : new String[0];
    TopDocs top;
    Map<String, Map<String, Integer>> counts = new HashMap<>();
    if (facets.length == 0) {
      top = searcher.search(query, new TopScoreDocCollectorManager(10, Integer.MAX_VALUE));
    } else {
      FacetsCollector collector = new FacetsCollector();
      top = FacetsCollector.search(searcher, query, 10, collector);
      for (String field : facets) {
        counts.put(field, count(collector, field));
      }
    }
    StoredFields stored = searcher.storedFields();
    List<String> ids = new ArrayList<>();
    for (ScoreDoc one : top.scoreDocs) {
      ids.add(stored.document(one.doc, java.util.Set.of("id")).get("id"));
    }
    long took = System.nanoTime() - start;
    return json(top.totalHits.value, ids, counts, took);
  }

  private static Map<String, Integer> count(FacetsCollector collector, String field)
      throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    for (FacetsCollector.MatchingDocs matching : collector.getMatchingDocs()) {
      SortedSetDocValues values = DocValues.getSortedSet(matching.context.reader(), field);
      int[] byNumber = new int[(int) values.getValueCount()];
      DocIdSetIterator docs = matching.bits.iterator();
      if (docs == null) {
        continue;
      }
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (values.advanceExact(doc)) {
          for (int i = 0; i < values.docValueCount(); i++) {
            byNumber[(int) values.nextOrd()]++;
          }
        }
      }
      for (int i = 0; i < byNumber.length; i++) {
        if (byNumber[i] > 0) {
          counts.merge(values.lookupOrd(i).utf8ToString(), byNumber[i], Integer::sum);
        }
      }
    }
    return counts;
  }

  private static String json(
      long total, List<String> ids, Map<String, Map<String, Integer>> counts, long took) {
    StringBuilder out = new StringBuilder();
    out.append("{\"ns\":").append(took).append(",\"total\":").append(total).append(",\"ids\":[");
    for (int i = 0; i < ids.size(); i++) {
      out.append(i > 0 ? "," : "").append(Json.quote(ids.get(i)));
    }
    out.append("],\"facets\":{");
    String between = "";
    for (Map.Entry<String, Map<String, Integer>> field : counts.entrySet()) {
      out.append(between).append(Json.quote(field.getKey())).append(":{");
      between = ",";
      String inner = "";
      for (Map.Entry<String, Integer> one : field.getValue().entrySet()) {
        out.append(inner).append(Json.quote(one.getKey())).append(":").append(one.getValue());
        inner = ",";
      }
      out.append("}");
    }
    return out.append("}}").toString();
  }

  /** Just enough of JSON: an object of strings and lists of strings. */
  private static final class Json {
    private final String text;
    private int at;

    Json(String text) {
      this.text = text;
    }

    Map<String, Object> object() {
      Map<String, Object> found = new HashMap<>();
      at = text.indexOf('{') + 1;
      while (next() != '}') {
        String key = string();
        skip(':');
        found.put(key, next() == '[' ? list() : string());
        if (next() == ',') {
          at++;
        }
      }
      return found;
    }

    private List<String> list() {
      List<String> found = new ArrayList<>();
      skip('[');
      while (next() != ']') {
        found.add(string());
        if (next() == ',') {
          at++;
        }
      }
      at++;
      return found;
    }

    private char next() {
      while (text.charAt(at) <= ' ') {
        at++;
      }
      return text.charAt(at);
    }

    private void skip(char expected) {
      if (next() != expected) {
        throw new IllegalArgumentException(expected + " expected at " + at + " of " + text);
      }
      at++;
    }

    private String string() {
      skip('"');
      StringBuilder found = new StringBuilder();
      for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
        found.append(c == '\\' ? escaped() : c);
      }
      return found.toString();
    }

    private char escaped() {
      char c = text.charAt(at++);
      switch (c) {
        case 'n':
          return '\n';
        case 't':
          return '\t';
        case 'r':
          return '\r';
        case 'b':
          return '\b';
        case 'f':
          return '\f';
        case 'u':
          at += 4;
          return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        default:
          return c;
      }
    }

    static String quote(String text) {
      StringBuilder out = new StringBuilder("\"");
      for (char c : text.toCharArray()) {
        if (c == '"' || c == '\\') {
          out.append('\\').append(c);
        } else if (c < ' ') {
          out.append(String.format("\\u%04x", (int) c));
        } else {
          out.append(c);
        }
      }
      return out.append('"').toString();
    }
  }
}
