"""Planned aws commands: why a host is asked, what was assumed, why a client gives up."""

from __future__ import annotations

TEXTS = {
    "aws.name.regional": (
        "{service} in {region}: its regional name.",
        "{region} の {service} のリージョン名です。",
    ),
    "aws.name.outside": (
        "{service}, asked in {region}, answers at a name outside that Region.",
        "{region} で実行しても、{service} の名前はそのリージョンの外にあります。",
    ),
    "aws.name.without_region": (
        "No Region is set: {service} is asked by its name without Region.",
        "リージョンが未設定のため、{service} にはリージョンを含まない名前で問い合わせます。",
    ),
    "aws.name.virtual_host": (
        "S3 is asked by the bucket's own name: {bucket} stands before the host (virtual-hosted style).",
        "S3 にはバケット自身の名前で接続します。ホスト名の先頭が {bucket} です (仮想ホスト形式)。",
    ),
    "aws.name.path_style": (
        "Bucket {bucket} goes into the path: it is no single host label, or path style is set.",
        "バケット {bucket} はパスに入ります。ホスト名のラベルにできないか、パス形式の設定です。",
    ),
    "aws.name.given_s3": (
        "{source} names {url}: the bucket goes into the path of exactly that host.",
        "{source} の {url} を使い、バケットはそのホストのパスに入ります。",
    ),
    "aws.name.given": (
        "{source} names {url}.",
        "{source} で {url} が指定されています。",
    ),
    "aws.name.arn": (
        "The host comes from the ARN {arn}; its Region decides.",
        "ホスト名は ARN {arn} から決まり、リージョンもその ARN のものです。",
    ),
    "aws.name.accelerate": (
        "Transfer acceleration is set: {bucket} is asked at s3-accelerate.",
        "転送の高速化が設定され、{bucket} には s3-accelerate で接続します。",
    ),
    "aws.name.fips": (
        "FIPS endpoints are set for {service}.",
        "{service} に FIPS エンドポイントが設定されています。",
    ),
    "aws.name.dualstack": (
        "Dual-stack endpoints are set for {service}; private DNS of an interface endpoint may not cover that name.",
        "{service} にデュアルスタックエンドポイントが設定されています。インターフェイスエンドポイントの"
        "プライベート DNS はこの名前を含まないことがあります。",
    ),
    "aws.name.account": (
        "The account {account} is known, so the client asks the account's own name.",
        "アカウント {account} がわかるため、クライアントはアカウント固有の名前を使います。",
    ),
    "aws.name.sts_global": (
        "This client asks STS by its global name (Region {region}); an interface endpoint serves the regional one. "
        "AWS_STS_REGIONAL_ENDPOINTS=regional changes that.",
        "このクライアントは STS のグローバル名を使います (リージョン {region})。インターフェイスエンドポイントが"
        "応答するのはリージョン名です。AWS_STS_REGIONAL_ENDPOINTS=regional で変わります。",
    ),
    "aws.name.legacy": (
        "CLI version 1 asks {service} in {region} by an old name, which private DNS of an endpoint does not cover.",
        "CLI バージョン 1 は {region} の {service} に古い名前を使います。エンドポイントのプライベート DNS は"
        "この名前を含みません。",
    ),
    "aws.name.old_regional": (
        "The CLI of 2016 asks S3 in {region} by the name with a dash.",
        "2016 年の CLI は {region} の S3 をハイフン形式の名前で呼びます。",
    ),
    "aws.name.old_global": (
        "The CLI of 2016 asks for {bucket} under the global S3 name, whatever the Region ({region}).",
        "2016 年の CLI は、リージョン ({region}) によらず {bucket} をグローバルな S3 名で呼びます。",
    ),
    "aws.name.old_path": (
        "The CLI of 2016 uses path style in {region}, a Region with the newer signature only.",
        "2016 年の CLI は、新しい署名だけのリージョン {region} ではパス形式を使います。",
    ),
    "aws.metadata_region": (
        "No Region is set: this client asks instance metadata for it.",
        "リージョンが未設定のため、インスタンスメタデータに問い合わせます。",
    ),
    "aws.region_from_metadata": (
        "Taken for granted that instance metadata answers; the Region is then {region}.",
        "インスタンスメタデータが応答するとみなし、リージョンを {region} とします。",
    ),
    "aws.region_missing": (
        "No Region is set for {client}: S3 and STS go to names without Region, most services refuse.",
        "{client} にリージョンの設定がありません。S3 と STS はリージョンなしの名前になり、他の多くは実行できません。",
    ),
    "aws.no_region": (
        "{client} gives up: {service} needs a Region and none is set.",
        "{service} にはリージョンが必要ですが設定がなく、{client} は実行を中止します。",
    ),
    "aws.region_not_listed": (
        "{service} is not listed in {region}; the name is built all the same and may not exist.",
        "{service} は {region} の一覧にありません。名前は作られますが、存在しないかもしれません。",
    ),
    "aws.variable_ignored": (
        "{client} does not read {variable}, which is set.",
        "{variable} が設定されていますが、{client} は読みません。",
    ),
    "aws.metadata_credentials": (
        "Credentials of the instance's role, from instance metadata.",
        "インスタンスのロールの認証情報をインスタンスメタデータから得ます。",
    ),
    "aws.container": (
        "Credentials of the ECS task.",
        "ECS タスクの認証情報です。",
    ),
    "aws.pod_identity": (
        "Credentials from the address in AWS_CONTAINER_CREDENTIALS_FULL_URI.",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI のアドレスから認証情報を得ます。",
    ),
    "aws.assume_role": (
        "Profile {profile} takes role {role} first (left out while the result is cached).",
        "プロファイル {profile} は先にロール {role} を引き受けます (結果のキャッシュがあれば省かれます)。",
    ),
    "aws.web_identity": (
        "Role {role} is taken with a web identity token; this request is not signed.",
        "ウェブ ID トークンでロール {role} を引き受けます。この要求に署名はありません。",
    ),
    "aws.sso": (
        "Profile {profile} gets its credentials from IAM Identity Center in {region}.",
        "プロファイル {profile} は {region} の IAM Identity Center から認証情報を得ます。",
    ),
    "aws.sso_login": (
        "The login asks IAM Identity Center in {region}; the browser then opens the start page.",
        "ログインは {region} の IAM Identity Center に問い合わせ、ブラウザーが開始ページを開きます。",
    ),
    "aws.role_cached": (
        "The role of profile {profile} is cached: no call to STS.",
        "プロファイル {profile} のロールはキャッシュ済みで、STS は呼ばれません。",
    ),
    "aws.assumed_keys": (
        "Taken for granted that the credentials file has keys for profile {profile}.",
        "認証情報ファイルにプロファイル {profile} のキーがあるものとします。",
    ),
    "aws.assumed_role": (
        "Taken for granted that the instance has a role and instance metadata answers.",
        "インスタンスにロールがあり、インスタンスメタデータが応答するものとします。",
    ),
    "aws.profile_unknown": (
        "Profile {profile} is not in the host's config text; it is taken to be in the credentials file.",
        "プロファイル {profile} はホストの設定にありません。認証情報ファイルにあるものとします。",
    ),
    "aws.profile_missing": (
        "The client gives up: there is no profile {profile}.",
        "プロファイル {profile} がなく、クライアントは実行を中止します。",
    ),
    "aws.login_session": (
        "Profile {profile} uses a login session; whom it asks to renew it was not established.",
        "プロファイル {profile} はログインセッションを使います。更新時の接続先は確認されていません。",
    ),
    "aws.no_credentials": (
        "The client gives up: it finds no credentials.",
        "認証情報が見つからず、クライアントは実行を中止します。",
    ),
    "aws.endpoint_refused": (
        "The client gives up: no endpoint of {service} fits the settings ({said}).",
        "設定に合う {service} のエンドポイントがなく、クライアントは実行を中止します ({said})。",
    ),
    "aws.cannot_sign": (
        "{client} gives up: {service} wants a signature for several Regions, which needs an extra library there.",
        "{service} には複数リージョン用の署名が必要で、追加のライブラリーのない {client} は実行を中止します。",
    ),
    "aws.plugin_missing": (
        "The Session Manager plugin is missing on the host.",
        "ホストに Session Manager プラグインがありません。",
    ),
    "aws.session_plugin": (
        "The Session Manager plugin opens a web socket to ssmmessages in {region}.",
        "Session Manager プラグインが {region} の ssmmessages へ WebSocket を開きます。",
    ),
    "aws.then_ssh": (
        "ssh to the instance follows; it is not part of this plan.",
        "このあとインスタンスへの ssh が続きますが、この計画には含みません。",
    ),
    "aws.then_tunnel": (
        "A tunnel through an instance connect endpoint follows; it is not part of this plan.",
        "このあと Instance Connect エンドポイント経由のトンネルが続きますが、この計画には含みません。",
    ),
    "aws.discovery": (
        "The service is first asked for the host to use.",
        "使うホストを、先にサービスへ問い合わせます。",
    ),
    "aws.discovered": (
        "The host is the one the answer before names, near {near}; it cannot be known beforehand.",
        "接続先は直前の応答が示すホスト ({near} に近いもの) で、前もってはわかりません。",
    ),
    "aws.redirect": (
        "Bucket {bucket} is in {region}, not {asked}: the same request again, to that Region's name.",
        "バケット {bucket} は {asked} ではなく {region} にあるため、同じ要求をそのリージョンの名前へ送り直します。",
    ),
    "aws.redirect_signed": (
        "Bucket {bucket} is in {region}, not {asked}: the same request again to the same host, signed for that Region.",
        "バケット {bucket} は {asked} ではなく {region} にあるため、同じホストへ {region} の署名で送り直します。",
    ),
    "aws.value_fetched": (
        "CLI version 1 loads the value of --{option} from this URL itself.",
        "CLI バージョン 1 は --{option} の値をこの URL から自分で読み込みます。",
    ),
    "aws.package": (
        "Local files the template names go to bucket {bucket}, unless they are there already.",
        "テンプレートが参照するローカルファイルを、まだなければバケット {bucket} に置きます。",
    ),
    "aws.local": (
        "This command works locally: it contacts no AWS service.",
        "このコマンドはローカルで完結し、AWS のサービスには接続しません。",
    ),
    "aws.presigned": (
        "This command only signs: no service is contacted for it.",
        "このコマンドは署名するだけで、サービスには接続しません。",
    ),
    "aws.dry_run": (
        "A dry run of one object contacts nobody.",
        "1 個のオブジェクトの --dryrun では、どこにも接続しません。",
    ),
    "aws.options_missing": (
        "aws {command} would refuse: {options} missing. The plan shows where it would go with them.",
        "aws {command} には {options} が必要で、このままでは実行されません。指定した場合の接続先を示します。",
    ),
    "aws.waits": (
        "{operation} is repeated until the state is reached.",
        "目的の状態になるまで {operation} を繰り返します。",
    ),
    "aws.not_measured": (
        "Only the S3 names of {client} in two Regions were measured; {service} in {region} follows today's rules.",
        "{client} で測定したのは 2 つのリージョンの S3 名だけです。{region} の {service} は現在の規則によります。",
    ),
    "bundle.need": (
        "{bundle} needs {host}.",
        "{bundle} には {host} が必要です。",
    ),
    "bundle.may_need": (
        "{bundle} needs {host} in some set-ups.",
        "{bundle} は構成によって {host} を必要とします。",
    ),
    "bundle.need_like": (
        "{bundle} needs a name such as {host}.",
        "{bundle} には {host} のような名前が必要です。",
    ),
    "bundle.use.agent": ("the agent's own calls", "エージェント自身の呼び出し"),
    "bundle.use.agent_logs": (
        "session logs; without it a session opens minutes late",
        "セッションのログ。ないとセッションの開始が数分遅れます",
    ),
    "bundle.use.agent_settings": ("settings kept in Parameter Store", "Parameter Store に置いた設定"),
    "bundle.use.container_agent": ("the container agent on an instance", "インスタンス上のコンテナエージェント"),
    "bundle.use.credentials": ("credentials", "認証情報"),
    "bundle.use.function": ("what the function itself calls", "関数自身の呼び出し先"),
    "bundle.use.global_sts": ("older clients ask this name", "古いクライアントが使う名前"),
    "bundle.use.instance_tags": ("tags as dimensions", "ディメンションにするタグ"),
    "bundle.use.layers": ("image layers", "イメージのレイヤー"),
    "bundle.use.logs": ("logs", "ログ"),
    "bundle.use.metrics": ("metrics", "メトリクス"),
    "bundle.use.node": ("the node joins its cluster", "ノードのクラスターへの参加"),
    "bundle.use.packages": ("the package repository", "パッケージのリポジトリー"),
    "bundle.use.registry": ("image manifests", "イメージのマニフェスト"),
    "bundle.use.registry_api": ("the registry's login", "レジストリーへのログイン"),
    "bundle.use.session": ("the session's web socket", "セッションの WebSocket"),
    "bundle.use.start_session": ("starting the session", "セッションの開始"),
}
