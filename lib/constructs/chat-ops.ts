import { Construct } from 'constructs';
import type { Occurrence } from './change-alarms.ts';
import { ChangeNotifications } from './change-notifications.ts';
import { Chat, type ChatProps } from './chat.ts';
import { chatOccurrences, notificationOccurrences } from './chat-alarms.ts';
import type { DeployableChat } from './deployable-chat.ts';
import type { StepLambda } from './step-lambda.ts';

export interface ChatOpsProps extends Omit<ChatProps, 'slack'> {
  readonly settings: DeployableChat;
}

/** What is configured of chat and of notifications; nothing at all where neither is. */
export class ChatOps extends Construct {
  /** Functions that fail only when something is wrong with them or around them. */
  readonly lambdas: readonly StepLambda[];
  /** Functions whose failures are answers; whoever calls them fails when they are not. */
  readonly answering: readonly StepLambda[];
  /** What operators are told of. */
  readonly occurrences: readonly Occurrence[];
  /** What people need who set the other side up, by name. */
  readonly outputs: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { settings: { slack, notifications }, ...props }: ChatOpsProps) {
    super(scope, id);
    const chat = slack && new Chat(this, 'Slack', { slack, ...props });
    const news = notifications && new ChangeNotifications(this, 'Notifications', { ...notifications, ...props });
    this.lambdas = [
      ...(chat ? [chat.endpoint.lambda, chat.work.lambda, chat.threads.lambda] : []),
      ...(news ? [news.notifier.lambda] : []),
    ];
    this.answering = chat ? [chat.inspector] : [];
    this.occurrences = [...(chat ? chatOccurrences(chat) : []), ...(news ? notificationOccurrences(news) : [])];
    this.outputs = { ...(chat && { SlackRequestUrl: chat.endpoint.url }), ...(news && { NotificationTopicArn: news.topic.topicArn }) };
  }
}
