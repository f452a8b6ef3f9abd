#include "serve/app/command_words.h"

#include "serve/app/command_line.h"

namespace aizuchi::serve {

namespace {

const std::vector<CommandWords> all_words = {
    {"demo",
     "Show a sample shop in the browser; needs no file and keeps none.",
     "  aizuchi demo\n"
     "  aizuchi demo --once --locale en          # the same in the terminal\n"
     "  aizuchi demo --once --later 7d           # a week later\n",
     {}},
    {"serve",
     "Run the server: listen, decide, remember.",
     "  aizuchi serve --data data --brand demo/tsumugi\n"
     "  aizuchi serve --data /var/lib/aizuchi --listen 0.0.0.0:8080 --admin 127.0.0.1:8081\n",
     {{"data"}}},
    {"check",
     "Look for mistakes in a brand folder; nothing is published.",
     "  aizuchi check demo/tsumugi\n"
     "  aizuchi check brand --strict --json      # in CI: warnings fail too\n",
     {{"DIR"}}},
    {"sheet export",
     "Write the copy of a brand folder as a sheet: one row a wording, for agencies.",
     "  aizuchi sheet export brand copy.csv\n"
     "  aizuchi sheet export brand copy.csv --encoding cp932\n",
     {{"DIR"}, {"FILE"}}},
    {"sheet import",
     "Bring a sheet back: shows what changed and writes it into the folder's files.",
     "  aizuchi sheet import brand copy.csv --dry-run\n"
     "  aizuchi sheet import brand copy.csv\n",
     {{"DIR"}, {"FILE"}}},
    {"schema",
     "Write JSON Schemas of a brand folder, so that editors complete and check its files.",
     "  aizuchi schema brand                     # brand/.aizuchi/schema, brand/.vscode\n"
     "  aizuchi schema --print facts > facts.schema.json\n",
     {{"DIR", "print"}}},
    {"register",
     "Make the register of processing and the table of external transmissions of a brand folder.",
     "  aizuchi register brand > register.md\n"
     "  aizuchi register brand --locale ja --to register.html\n"
     "  aizuchi register brand --to transmissions.csv --table transmissions\n",
     {{"DIR"}}},
    {"plan",
     "Show what publishing a brand folder would change.",
     "  aizuchi plan brand --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi plan brand --data data           # while the server is stopped\n",
     {{"DIR"}, {"data", "server"}}},
    {"apply",
     "Publish a brand folder; a folder with an error changes nothing.",
     "  aizuchi apply brand --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi apply brand --data data          # while the server is stopped\n"
     "  aizuchi apply brand --data data --prune  # also removes what the folder lacks\n",
     {{"DIR"}, {"data", "server"}}},
    {"stop item",
     "Take an item or a product out of every answer, at once; no publish.",
     "  aizuchi stop item hero-summer --why 'wrong price' --server http://127.0.0.1:8081 "
     "--key-file admin.key\n"
     "  aizuchi stop channel email --data data\n"
     "  aizuchi stop list --data data\n",
     {{"NAME"}, {"data", "server"}}},
    {"stop channel",
     "Answer a channel's slots with their default, or nothing, at once.",
     "  aizuchi stop channel email --data data   # nothing is mailed until it is started\n",
     {{"NAME"}, {"data", "server"}}},
    {"stop list",
     "Show what is stopped and what was: since when, by whom, why.",
     "  aizuchi stop list --data data\n",
     {{"data", "server"}}},
    {"start item",
     "Lift the stop of an item or a product, at once.",
     "  aizuchi start item hero-summer --data data\n"
     "  aizuchi start channel email --data data\n",
     {{"NAME"}, {"data", "server"}}},
    {"start channel",
     "Lift the stop of a channel, at once.",
     "  aizuchi start channel email --data data\n",
     {{"NAME"}, {"data", "server"}}},
    {"products",
     "Bring in stock, price and validity of products, without a publish.",
     "  aizuchi products stock.csv --server http://127.0.0.1:8081 --key-file feed.key\n"
     "  aizuchi products stock.ndjson --data data\n",
     {{"FILE"}, {"data", "server"}}},
    {"versions",
     "List what was published: when, by whom, how much changed.",
     "  aizuchi versions --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi versions --data data --json\n",
     {{"data", "server"}}},
    {"pull",
     "Write a published brand folder back to files, byte for byte.",
     "  aizuchi pull brand --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi pull old --version 3 --data data\n",
     {{"DIR"}, {"data", "server"}}},
    {"rollback",
     "Make an old version live again, as a new version.",
     "  aizuchi rollback --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi rollback 3 --data data           # while the server is stopped\n",
     {{"data", "server"}}},
    {"import",
     "Bring in events, facts and consents from a file: JSON lines, or a table by a mapping.",
     "  aizuchi import orders.ndjson --source shop --data data\n"
     "  aizuchi import members.csv --mapping members.mapping.yaml --dry-run --brand brand\n"
     "  aizuchi import members.csv --mapping members.mapping.yaml --data data\n"
     "  aizuchi import orders.ndjson --server http://127.0.0.1:8080 --key-file shop.key\n"
     "  zcat old.ndjson.gz | aizuchi import - --source crm --data data\n",
     {{"FILE"}, {"data", "server", "brand"}}},
    {"export",
     "Take people, events, decisions, items or choices out, as JSON lines or a table.",
     "  aizuchi export people --data data --to people.csv\n"
     "  aizuchi export people --purpose mail --data data > may-be-written-to.ndjson\n"
     "  aizuchi export decisions --server http://127.0.0.1:8080 --key-file people.key\n"
     "  aizuchi export choices --data data --to choices.csv   # for aizuchi evaluate ope\n",
     {{"WHAT"}, {"data", "server"}}},
    {"decide",
     "Ask for one decision, as a preview: nothing is counted.",
     "  aizuchi decide --brand demo/tsumugi --slots home.hero\n"
     "  aizuchi decide --data data --user-id u-17 --slots home.hero,home.cta --explain operator\n"
     "  aizuchi decide --brand brand --slots home.hero --events visit.json --locale en\n"
     "  aizuchi decide --brand brand --slots home.hero --as lead.json --now 2026-12-24T18:00:00Z\n"
     "  aizuchi decide --server http://127.0.0.1:8080 --key-file preview.key --slots home.hero "
     "--as lead.json\n",
     {{"slots"}, {"data", "brand", "server"}}},
    {"said",
     "Tell what was said to people elsewhere: by phone, in a store, by another mailer.",
     "  aizuchi said calls.ndjson --source shop --data data\n"
     "  echo '{\"userId\":\"u-17\",\"item\":\"hero-summer\",\"channel\":\"phone\"}' |\n"
     "    aizuchi said - --server http://127.0.0.1:8081 --key-file shop.key\n",
     {{"FILE"}, {"data", "server"}}},
    {"threads",
     "Tell where inquiries, carts, meetings and promises stand, line by line.",
     "  aizuchi threads tickets.ndjson --source support --data data\n"
     "  echo "
     "'{\"userId\":\"u-17\",\"kind\":\"promise\",\"id\":\"q-3\",\"due\":\"2026-06-01T09:00:00+09:"
     "00\"}' "
     "|\n"
     "    aizuchi threads - --server http://127.0.0.1:8081 --key-file desk.key\n",
     {{"FILE"}, {"data", "server"}}},
    {"owed",
     "List what is owed to whom: overdue promises, open complaints, answers that changed nothing.",
     "  aizuchi owed --server http://127.0.0.1:8081 --key-file desk.key\n"
     "  aizuchi owed --data data --json          # while the server is stopped\n",
     {{"data", "server"}}},
    {"why",
     "Tell why a decision was made, from its record.",
     "  aizuchi why 6f1c… --data data\n"
     "  aizuchi why 6f1c… --data data --replay --json\n",
     {{"ID"}, {"data"}}},
    {"person",
     "Print everything known of a person, with its source.",
     "  aizuchi person u-17 --data data\n"
     "  aizuchi person --anonymous-id 3f2a… --data data\n"
     "  aizuchi person u-17 --export about-u-17.html --locale en --data data   # to be given\n"
     "  aizuchi person u-17 --server http://127.0.0.1:8080 --key-file privacy.key\n",
     {{"ID", "anonymous-id"}, {"data", "server"}}},
    {"purposes",
     "What somebody allows; and take a purpose back for them, or all of them.",
     "  aizuchi purposes u-17 --data data\n"
     "  aizuchi purposes u-17 --stop mail --data data\n"
     "  aizuchi purposes u-17 --stop-all --server http://127.0.0.1:8080 --key-file privacy.key\n",
     {{"ID", "anonymous-id"}, {"data", "server"}}},
    {"correct",
     "Put right what is known of a person: their word, from the next decision on.",
     "  aizuchi correct u-17 --fact job --value engineer --data data\n"
     "  aizuchi correct u-17 --fact shoes --value 24.5 --server http://127.0.0.1:8080 "
     "--key-file privacy.key\n",
     {{"ID", "anonymous-id"}, {"fact"}, {"value"}, {"data", "server"}}},
    {"forget",
     "Erase a person, or one value, in every store and for good; prints a signed receipt.",
     "  aizuchi forget u-17 --data data > receipt.json\n"
     "  aizuchi forget u-17 --fact job --data data\n"
     "  aizuchi forget --anonymous-id 3f2a… --server http://127.0.0.1:8081 --key-file "
     "privacy.key\n",
     {{"ID", "anonymous-id"}, {"data", "server"}}},
    {"receipt",
     "Check the receipt of an erasure: was it signed here, and as it stands?",
     "  aizuchi receipt receipt.json --data data\n"
     "  aizuchi receipt receipt.json --server http://127.0.0.1:8081\n",
     {{"FILE"}, {"data", "server"}}},
    {"audiences",
     "Count audiences, alone and together, and export their members.",
     "  aizuchi audiences --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi audiences regulars office --data data     # and both together\n"
     "  aizuchi audiences regulars --export regulars.ndjson --for mail --data data\n",
     {{"data", "server"}}},
    {"bench",
     "Measure this machine with a brand folder: events, decisions, each slot.",
     "  aizuchi bench demo/tsumugi\n"
     "  aizuchi bench brand --seconds 10 --in /var/lib   # on the disk that will be used\n",
     {{"DIR"}}},
    {"train topn",
     "Make a model of what people will like, from a file of person and item; the kind is chosen.",
     "  aizuchi train topn --train orders.csv --to orders.model\n"
     "  aizuchi train topn --data films --to films.model --seed 2 --json\n",
     {{"data", "train"}, {"to"}}},
    {"train session",
     "Make a model of what comes next in a visit, from a file of visit, item and time.",
     "  aizuchi train session --train clicks.tsv --to clicks.model\n"
     "  aizuchi train session --data serenade --to serenade.model\n",
     {{"data", "train"}, {"to"}}},
    {"recommend",
     "What somebody will like who had these items, or look at next, and because of which.",
     "  aizuchi recommend --model orders.model --for beans-1kg,filter-02\n"
     "  aizuchi recommend --model clicks.model --for 17,42 --top 20 --json\n",
     {{"model"}, {"for"}}},
    {"evaluate session",
     "How well the next item of a visit is foreseen, on files of visit, item and time.",
     "  aizuchi evaluate session --data shop-clicks      # has train.txt and test.txt\n"
     "  aizuchi evaluate session --train may.csv --test june.csv --json\n",
     {{"data", "train"}}},
    {"evaluate topn",
     "How well what people will like is known, on files of person and item; chooses the model.",
     "  aizuchi evaluate topn --data films               # has train.txt and test.txt\n"
     "  aizuchi evaluate topn --train orders.csv --test later.csv --seed 2 --json\n",
     {{"data", "train"}}},
    {"evaluate ope",
     "What other policies would have brought, from a log of choices; names a winner only when "
     "sure.",
     "  aizuchi evaluate ope --log random.csv            # uniform and greedy, beside what was "
     "done\n"
     "  aizuchi evaluate ope --log random.csv --policy like:bts.csv --policy always:14 --json\n",
     {{"log"}}},
    {"evaluate propensity",
     "How probable an outcome is: learned from older rows, measured on newer ones.",
     "  aizuchi evaluate propensity --data journey --since 2017-06-01   # a folder of mailings\n"
     "  aizuchi evaluate propensity --data contacts.csv --outcome y --json\n",
     {{"data"}}},
    {"evaluate uplift",
     "What each arm of a mailing did to whom, and whether choosing by person beats the best arm.",
     "  aizuchi evaluate uplift --data trial.csv         # columns arm, outcome and others\n"
     "  aizuchi evaluate uplift --data trial.csv --outcome spend --control 'No E-Mail' --json\n",
     {{"data"}}},
    {"evaluate values",
     "How well what people prefer is known after a few questions, on a file of preferences.",
     "  aizuchi evaluate values --data ratings.csv       # a person a row, an option a column\n"
     "  aizuchi evaluate values --data ratings.csv --questions 2 --flip 0.1 --json\n",
     {{"data"}}},
    {"evaluate questionnaire",
     "How well the scales of a questionnaire are known from a few of its items, chosen one by one.",
     "  aizuchi evaluate questionnaire --data answers.csv    # a person a row, an item a column\n"
     "  aizuchi evaluate questionnaire --data answers.tsv --absent 0 --scales scales.csv --json\n",
     {{"data"}}},
    {"evaluate concern",
     "How well it is known what a message is about, on files of text and label; says \"I don't "
     "know\".",
     "  aizuchi evaluate concern --data inquiries        # every set of the folder\n"
     "  aizuchi evaluate concern --train mails.csv --test later.csv --json\n",
     {{"data", "train"}}},
    {"audit list",
     "Who changed what: publishes, keys, stops, erasures; newest first.",
     "  aizuchi audit list --data data\n"
     "  aizuchi audit list --server http://127.0.0.1:8081 --key-file admin.key\n",
     {{"data", "server"}}},
    {"audit verify",
     "Check that no entry of the audit log was changed or taken out.",
     "  aizuchi audit verify --data data\n",
     {{"data", "server"}}},
    {"population",
     "Show where everyone stands (deciles, RFM), or count everyone now.",
     "  aizuchi population --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi population --count-now --data data\n",
     {{"data", "server"}}},
    {"choice",
     "Show what each place has learned of its items, or learn now.",
     "  aizuchi choice --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi choice --learn-now --data data\n",
     {{"data", "server"}}},
    {"recommender",
     "Show what was learned of what goes with what, and how each shelf is answered, or learn now.",
     "  aizuchi recommender --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi recommender --learn-now --data data\n",
     {{"data", "server"}}},
    {"values",
     "Show what is usual of values and how they go together, or learn now.",
     "  aizuchi values --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi values --learn-now --data data\n",
     {{"data", "server"}}},
    {"felt",
     "Show whether people feel understood, and whether something is uneasy.",
     "  aizuchi felt --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi felt --data data\n",
     {{"data", "server"}}},
    {"odd list",
     "Show what people said feels odd, how many, and what that stopped.",
     "  aizuchi odd list --server http://127.0.0.1:8081 --key-file admin.key\n"
     "  aizuchi odd list --data data\n",
     {{"data", "server"}}},
    {"odd resume",
     "Use again for everybody what stopped since it felt odd.",
     "  aizuchi odd resume hero-light \"count('Product Viewed')\" --data data\n"
     "  aizuchi odd resume @home.picks viewed --data data    # a shelf\n",
     {{"ITEM"}, {"FACT"}, {"data", "server"}}},
    {"cel",
     "Evaluate a CEL expression.",
     "  aizuchi cel 'visits >= 3 && context.page == \"/\"' --vars '{\"visits\":4,"
     "\"context\":{\"page\":\"/\"}}'\n"
     "  aizuchi cel --batch < expressions.ndjson\n",
     {{"EXPR", "batch"}}},
    {"keys create",
     "Make a key; it is shown this once.",
     "  aizuchi keys create --source web --public --data data\n"
     "  aizuchi keys create --source shop --secret --scopes ingest,decide,people --data data\n"
     "  aizuchi keys create --source web --secret --scopes brand,admin --data data > admin.key\n",
     {{"source"}, {"public", "secret"}, {"data", "server"}}},
    {"keys list",
     "List the keys, without their text.",
     "  aizuchi keys list --data data\n"
     "  aizuchi keys list --server http://127.0.0.1:8081 --key-file admin.key --json\n",
     {{"data", "server"}}},
    {"keys trust",
     "Trust a key that your backend signs person tokens with; three at most.",
     "  openssl genpkey -algorithm ed25519 -out person.pem\n"
     "  openssl pkey -in person.pem -pubout -out person.pub.pem\n"
     "  aizuchi keys trust person.pub.pem --algorithm EdDSA --kid 2026-11 --data data\n",
     {{"FILE"}, {"algorithm"}, {"data", "server"}}},
    {"keys revoke",
     "Revoke a key by its id or kid, at once.",
     "  aizuchi keys revoke 1a2b3c4d --data data\n",
     {{"ID"}, {"data", "server"}}},
    {"webhooks add",
     "Tell an address what people change: consents, corrections, erasures.",
     "  aizuchi webhooks add https://crm.example/aizuchi --events consent.changed,person.erased\n"
     "  aizuchi webhooks add URL --events use.changed --server http://127.0.0.1:8081 --key-file "
     "admin.key\n",
     {{"URL"}, {"events"}, {"data", "server"}}},
    {"webhooks list",
     "List the webhooks, what waits for each, and what is wrong.",
     "  aizuchi webhooks list --server http://127.0.0.1:8081 --key-file admin.key\n",
     {{"data", "server"}}},
    {"webhooks rotate",
     "Give a webhook another secret; for three days the old one signs too.",
     "  aizuchi webhooks rotate 1a2b3c4d --server http://127.0.0.1:8081 --key-file admin.key\n",
     {{"ID"}, {"data", "server"}}},
    {"webhooks test",
     "Send a test message to a webhook.",
     "  aizuchi webhooks test 1a2b3c4d --server http://127.0.0.1:8081 --key-file admin.key\n",
     {{"ID"}, {"data", "server"}}},
    {"webhooks skip",
     "Let go of the message that a webhook does not take.",
     "  aizuchi webhooks skip 1a2b3c4d --server http://127.0.0.1:8081 --key-file admin.key\n",
     {{"ID"}, {"data", "server"}}},
    {"webhooks remove",
     "Remove a webhook, with what waits for it.",
     "  aizuchi webhooks remove 1a2b3c4d --data data\n",
     {{"ID"}, {"data", "server"}}},
    {"completion",
     "Print what makes a shell complete commands, options and values at the tab key.",
     "  source <(aizuchi completion bash)        # in ~/.bashrc\n"
     "  source <(aizuchi completion zsh)         # in ~/.zshrc, after compinit\n"
     "  aizuchi completion fish | source         # in ~/.config/fish/config.fish\n",
     {{"SHELL"}}},
    {"doctor",
     "Check a data directory from end to end.",
     "  aizuchi doctor --data data               # while the server is stopped\n"
     "  aizuchi doctor --server http://127.0.0.1:8080\n",
     {{"data", "server"}}},
    {"backup",
     "Make a consistent copy of a data directory, beside the server or without it.",
     "  aizuchi backup backups/today --data data # while the server is stopped\n"
     "  aizuchi backup --server http://127.0.0.1:8081 --key-file admin.key\n",
     {{"data", "server"}}},
    {"restore",
     "Make a data directory of a backup; what it says must be what the backup said.",
     "  aizuchi restore backups/today --data new --keyring data-keys\n",
     {{"BACKUP"}, {"data"}}},
    {"salvage",
     "Keep what can be read of a damaged data directory, when there is no backup.",
     "  aizuchi salvage data --data salvaged     # data stays as it is; the lost is listed\n",
     {{"DAMAGED"}, {"data"}}},
    {"verify",
     "Read every stored block and record and check it; a digest says what is there.",
     "  aizuchi verify --data data               # while the server is stopped\n"
     "  aizuchi verify --data data --digest\n",
     {{"data"}}},
};

struct OptionChoices {
  std::string_view command;  // "": every command that has it
  std::string_view option;
  std::vector<std::string> choices;
};

const std::vector<OptionChoices> all_choices = {
    {"", "--encoding", {"utf-8", "cp932"}},
    {"", "--explain", {"person", "operator"}},
    {"export", "WHAT", {"people", "events", "decisions", "items", "choices"}},
    {"export", "--format", {"ndjson", "csv"}},
    {"demo", "--locale", {"ja", "en"}},
    {"keys trust", "--algorithm", {"EdDSA", "ES256", "RS256", "HS256"}},
    {"keys create", "--scopes", {"ingest", "decide", "people", "privacy", "brand", "admin"}},
    {"completion", "SHELL", {"bash", "zsh", "fish"}},
    {"schema",
     "--print",
     {"brand", "creed", "voice", "purposes", "contexts", "sources", "events", "facts", "phases",
      "concerns", "expectations", "audiences", "population", "recipients", "slots", "items",
      "products", "mapping"}},
};

}  // namespace

std::vector<std::string> option_choices(std::string_view command, std::string_view option) {
  for (const OptionChoices& one : all_choices)
    if (one.option == option && (one.command.empty() || one.command == command)) return one.choices;
  return {};
}

const std::vector<CommandWords>& command_words() {
  return all_words;
}

std::string welcome() {
  return "Aizuchi answers one question: this person, in this situation, in this place – what\n"
         "should we say? With the reason, from what they knowingly entrusted. Try:\n\n"
         "  aizuchi demo                                            # a sample shop\n"
         "  aizuchi decide --brand demo/tsumugi --slots home.hero   # one decision, no server\n"
         "  aizuchi serve --data data --brand demo/tsumugi          # the server\n\n"
         "aizuchi help shows all commands, aizuchi help COMMAND its options.\n";
}

}  // namespace aizuchi::serve
