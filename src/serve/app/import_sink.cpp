#include "serve/app/import_sink.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "ground/base/json.h"
#include "serve/tables/table_writer.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

class DataSink final : public ImportSink {
 public:
  DataSink(std::unique_ptr<Partition> partition, std::shared_ptr<const ground::Snapshot> brand)
      : partition_(std::move(partition)), brand_(std::move(brand)) {}

  Result<Ingested> send(listen::EventBatch batch, const std::string& source) override {
    Key key = operator_key(source);
    key.id = "import-" + source;  // a file that is imported again is a duplicate
    auto done = partition_->ingest_and_wait(std::move(batch), key);
    partition_->tick();
    return done;
  }
  Result<void> finish() override { return partition_->flush(); }
  std::shared_ptr<const ground::Snapshot> brand() const override { return brand_; }

 private:
  std::unique_ptr<Partition> partition_;
  std::shared_ptr<const ground::Snapshot> brand_;
};

const Value* member(const Value& object, std::string_view name, Value::Kind kind) {
  const Value* found = object.find(name);
  return found != nullptr && found->is(kind) ? found : nullptr;
}

size_t count_of(const Value& answer, std::string_view name) {
  const Value* found = answer.find(name);
  return found == nullptr ? 0 : static_cast<size_t>(found->number_or(0));
}

class ServerSink final : public ImportSink {
 public:
  ServerSink(ServerAddress server, std::string source)
      : server_(std::move(server)), source_(std::move(source)) {}

  Result<Ingested> send(listen::EventBatch batch, const std::string&) override {
    Ingested out;
    std::string body;
    size_t first = 0;
    for (size_t i = 0; i < batch.events.size(); ++i) {
      const std::string event = ground::to_json(batch.events[i].json);
      if (!body.empty() && body.size() + event.size() > body_bytes) {
        TRY(post(std::exchange(body, {}), first, out));
        first = i;
      }
      body += (body.empty() ? "" : ",") + event;
    }
    if (!body.empty()) TRY(post(body, first, out));
    return out;
  }
  Result<void> finish() override { return {}; }  // it answers when it is durable
  std::string only_source() const override { return source_; }

 private:
  static constexpr size_t body_bytes = 500'000;  // half of what the server takes
  static constexpr int tries_max = 120;

  // Events from `first` on; what was refused is told by its place in the whole batch.
  Result<void> post(const std::string& events, size_t first, Ingested& out) {
    for (int i = 0; i < tries_max; ++i) {
      const ServerAnswer answer =
          TRY(ask_server(server_, "POST", "/v1/import", fmt::format("{{\"batch\":[{}]}}", events)));
      if (answer.status == 429 || answer.status == 503) {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        continue;
      }
      const Value json = TRY(ground::parse_json(answer.body));
      const Value* refused = member(json, "refused", Value::Kind::list);
      if (answer.status / 100 != 2 && refused == nullptr) return refusal(answer.status, json);
      out.accepted += count_of(json, "accepted");
      out.duplicates += count_of(json, "duplicates");
      out.no_basis += count_of(json, "noBasis");
      if (refused != nullptr)
        for (const Value& one : refused->as_list())
          if (const Value* message = member(one, "message", Value::Kind::string))
            out.refused.push_back({first + count_of(one, "index"), message->as_string()});
      return {};
    }
    return fail(ErrorCode::unavailable, "The server is busy and stays so.",
                "Run the import again later: what it has already counts once.");
  }

  static Result<void> refusal(int status, const Value& json) {
    const Value* error = member(json, "error", Value::Kind::map);
    const auto text = [&](std::string_view name) {
      const Value* found = error == nullptr ? nullptr : member(*error, name, Value::Kind::string);
      return found == nullptr ? std::string() : found->as_string();
    };
    return fail(ErrorCode::invalid,
                fmt::format("The server answered {}: {}", status, text("message")), text("hint"));
  }

  ServerAddress server_;
  std::string source_;
};

}  // namespace

Result<std::unique_ptr<ImportSink>> data_sink(const CommandOptions& options) {
  auto partition = TRY(open_data(options));
  auto brand = partition->snapshot();
  if (!brand)
    return fail(ErrorCode::not_found, "No brand folder is published in this data directory.",
                fmt::format("aizuchi apply DIR --data {}", options.data));
  return std::unique_ptr<ImportSink>(new DataSink(std::move(partition), std::move(brand)));
}

Result<std::unique_ptr<ImportSink>> server_sink(const CommandOptions& options) {
  const ServerAddress server = TRY(server_of(options));
  const std::string text = TRY(ask_server_json(server, "GET", "/v1/key"));
  const Value about = TRY(ground::parse_json(text));
  const Value* source = member(about, "source", Value::Kind::string);
  return std::unique_ptr<ImportSink>(
      new ServerSink(server, source == nullptr ? "" : source->as_string()));
}

MistakeFile::MistakeFile(const std::string& imported)
    : path_((imported == "-" ? std::string("import") : imported) + ".errors.csv") {}

void MistakeFile::add(uint64_t line, const std::string& column, const std::string& expected) {
  static const std::vector<std::string> names = {"line", "column", "expected"};
  TableWriter table(Charset::utf8);
  if (!begun_ || line != last_line_) ++rows_;
  last_line_ = line;
  if (!std::exchange(begun_, true)) {
    out_.open(path_, std::ios::binary | std::ios::trunc);
    (void)table.row(names, "", names);  // UTF-8 holds every character
  } else {
    table.take();  // the byte order mark stands once
  }
  (void)table.row({std::to_string(line), column, expected}, "", names);
  out_ << table.take();
}

Result<std::string> MistakeFile::close() {
  out_.flush();
  if (!out_) return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path_));
  return path_;
}

}  // namespace aizuchi::serve
